type Signs = Readonly<Record<string, string>>;

const GREEK =
  "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω";
const SIGNS =
  "cdot · times × div ÷ pm ± mp ∓ ast * star ⋆ circ ∘ bullet • le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ cong ≅ propto ∝ ll ≪ gg ≫ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ emptyset ∅ varnothing ∅ to → rightarrow → leftarrow ← mapsto ↦ Rightarrow ⇒ Leftarrow ⇐ implies ⟹ iff ⟺ leftrightarrow ↔ Leftrightarrow ⇔ infty ∞ sum ∑ prod ∏ int ∫ oint ∮ partial ∂ nabla ∇ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ oplus ⊕ otimes ⊗ perp ⊥ parallel ∥ mid | vert | lvert | rvert | Vert ‖ angle ∠ triangle △ degree ° prime ′ ldots … dots … cdots … vdots … therefore ∴ because ∵ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lbrace { rbrace } ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ blacksquare ■ square □ checkmark ✓ pounds £ euro € colon : bmod mod pmod mod";

/** Signs by the names of their commands. */
export const SYMBOLS = pairs(`${GREEK} ${SIGNS}`);
/** Letters of the blackboard. */
export const ALPHABETS = pairs("R ℝ N ℕ Z ℤ Q ℚ C ℂ P ℙ F 𝔽 E 𝔼");
/** Raised and lowered characters. */
export const SCRIPTS: Readonly<Record<"^" | "_", Signs>> = {
  "^": pairs("0 ⁰ 1 ¹ 2 ² 3 ³ 4 ⁴ 5 ⁵ 6 ⁶ 7 ⁷ 8 ⁸ 9 ⁹ + ⁺ - ⁻ ( ⁽ ) ⁾ n ⁿ i ⁱ a ᵃ b ᵇ c ᶜ d ᵈ k ᵏ m ᵐ p ᵖ t ᵗ x ˣ y ʸ ′ ′"),
  _: pairs("0 ₀ 1 ₁ 2 ₂ 3 ₃ 4 ₄ 5 ₅ 6 ₆ 7 ₇ 8 ₈ 9 ₉ + ₊ - ₋ = ₌ ( ₍ ) ₎ a ₐ e ₑ i ᵢ j ⱼ k ₖ m ₘ n ₙ o ₒ p ₚ r ᵣ s ₛ t ₜ u ᵤ v ᵥ x ₓ"),
};

function pairs(text: string): Signs {
  const words = text.split(" ");
  return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ""]] : [])));
}
