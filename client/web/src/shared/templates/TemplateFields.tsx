import { Select, Textarea } from "@mantine/core";
import type { ReactElement } from "react";
import { type TemplateChoice, TEMPLATES, templateNamed } from "./templates.ts";

const CHOICES = [...TEMPLATES, { value: "CUSTOM", label: "Text of your own", about: "Written below" }];

interface Props {
  template: string;
  custom: string;
  onTemplate: (template: TemplateChoice) => void;
  onCustom: (text: string) => void;
  errors: { template: string | undefined; customTemplate: string | undefined };
}

/** Chooses the template by which reasoning and final answer are written; a custom text takes a whole row of a grid. */
export function TemplateFields({ template, custom, onTemplate, onCustom, errors }: Props): ReactElement {
  return (
    <>
      <Select
        label="Template"
        description={CHOICES.find(({ value }) => value === template)?.about}
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={CHOICES}
        value={template}
        allowDeselect={false}
        error={errors.template}
        onChange={(name) => name !== null && onTemplate(templateNamed(name) ?? "CUSTOM")}
      />
      {template === "CUSTOM" && (
        <Textarea
          style={{ gridColumn: "1 / -1" }}
          label="Text of the template"
          description="{answer} is the final answer. One of {steps}, {numbered_steps} and {paragraphs} comes before it: the steps one per line, numbered, or with blank lines between them."
          placeholder={"{steps}\nAnswer: {answer}"}
          inputWrapperOrder={["label", "input", "description", "error"]}
          autosize
          minRows={2}
          maxRows={8}
          value={custom}
          error={errors.customTemplate}
          onChange={(event) => onCustom(event.currentTarget.value)}
          spellCheck={false}
          withAsterisk
        />
      )}
    </>
  );
}
