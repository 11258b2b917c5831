import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, "Cascadia Code", "Roboto Mono", Menlo, Consolas, monospace';

/** The one accent: a calm blue-violet whose shades 6 to 8 have enough contrast on white, 3 and 4 on the dark ground. */
const accent: MantineColorsTuple = [
  "#eef1fd",
  "#dbe1f8",
  "#b5c1ee",
  "#93a5ea",
  "#7389e2",
  "#5d74dc",
  "#4a62d0",
  "#3d53b8",
  "#3347a0",
  "#263680",
];

/** Neutral greys of the dark scheme, without a tint. */
const dark: MantineColorsTuple = [
  "#d6d7d9",
  "#b4b6ba",
  "#94979d",
  "#6a6d74",
  "#3f4248",
  "#303338",
  "#26282d",
  "#1b1d21",
  "#141619",
  "#0e0f12",
];

export const theme = createTheme({
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  headings: { fontFamily: SANS, fontWeight: "600", sizes: { h1: { fontSize: "1.125rem", lineHeight: "1.5" } } },
  colors: { accent, dark },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 4,
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    Autocomplete: { defaultProps: { size: "xs" } },
    MultiSelect: { defaultProps: { size: "xs" } },
    TagsInput: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    // On the dark ground, Mantine's background of the control would not be seen.
    SegmentedControl: { defaultProps: { size: "xs" }, styles: { root: { backgroundColor: "var(--ground-hover)" } } },
    // The placeholder is an element that may not be in a menu, and content of a portal belongs to no landmark.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, withinPortal: false } },
    Modal: {
      defaultProps: {
        transitionProps: { duration: 120 },
        closeButtonProps: { "aria-label": "Close" },
        // A dialog's header is not the page's.
        attributes: { header: { role: "presentation" } },
      },
    },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 80 } } },
  },
});

/** Text that is less important keeps a contrast of at least 4.5 on every ground of both schemes. */
export const variables: CSSVariablesResolver = () => ({
  variables: { "--row-height": "34px" },
  light: {
    "--mantine-color-dimmed": "#5c6066",
    "--mantine-color-placeholder": "#6b6f76",
    "--mantine-color-error": "#c92a2a",
    "--ground": "#ffffff",
    "--ground-raised": "#f7f7f8",
    "--ground-hover": "#f1f2f4",
    "--ground-selected": "#eef1fd",
    "--line": "#e3e4e7",
    "--accent-text": "#3347a0",
    "--good-text": "#247a34",
    "--bad-text": "#c02b2b",
    "--warning-text": "#8f5a00",
  },
  dark: {
    "--mantine-color-dimmed": "#9b9ea4",
    "--mantine-color-placeholder": "#85888f",
    "--mantine-color-error": "#ff8787",
    "--ground": "#141619",
    "--ground-raised": "#1b1d21",
    "--ground-hover": "#22242a",
    "--ground-selected": "#232a45",
    "--line": "#2d3035",
    "--accent-text": "#a3b2f0",
    "--good-text": "#69c97c",
    "--bad-text": "#ff8787",
    "--warning-text": "#e5b567",
  },
});
