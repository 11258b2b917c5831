import { render } from "@testing-library/react";
import { type ReactElement, useLayoutEffect } from "react";
import { expect, it } from "vitest";
import { KeysProvider, useKeys } from "./Keys.tsx";

function Bound({ shown, seen }: { shown: string; seen: string[] }): ReactElement {
  useKeys("Page", [{ keys: "s", label: "Skip", run: () => seen.push(shown) }]);
  return <p>{shown}</p>;
}

/** Presses a key at the first moment at which the elements are in the document. */
function Hasty({ shown, seen }: { shown: string; seen: string[] }): ReactElement {
  useLayoutEffect(() => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "s" }));
  });
  return <Bound shown={shown} seen={seen} />;
}

it("runs a key that is pressed as soon as something is shown, for what is shown then", () => {
  const seen: string[] = [];
  const page = render(<KeysProvider>{null}</KeysProvider>);

  page.rerender(<KeysProvider><Hasty shown="first trace" seen={seen} /></KeysProvider>);
  page.rerender(<KeysProvider><Hasty shown="second trace" seen={seen} /></KeysProvider>);

  expect(seen).toEqual(["first trace", "second trace"]);
});
