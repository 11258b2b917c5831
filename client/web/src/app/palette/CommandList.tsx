import { Combobox, Kbd, TextInput, useCombobox } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactElement, useEffect } from "react";
import { type Command, groupCommands } from "./commands.ts";
import classes from "./CommandList.module.css";

interface Props {
  text: string;
  onText: (text: string) => void;
  commands: readonly Command[];
  isLoading: boolean;
  onChoose: (command: Command) => void;
  onClose: () => void;
}

/** The field's role for assistive technology; Mantine adds the id of the list that it controls. */
const ROLE = { role: "combobox" };

/** A field, and below it what can be chosen with the arrow keys and Enter. */
export function CommandList({ text, onText, commands, isLoading, onChoose, onClose }: Props): ReactElement {
  const combobox = useCombobox({ opened: true });
  const first = commands[0]?.id;
  const { selectFirstOption } = combobox;
  useEffect(() => {
    if (first !== undefined) {
      selectFirstOption();
    }
  }, [first, selectFirstOption]);

  const press = (event: KeyboardEvent): void => {
    // The field of a combobox keeps Escape from the dialog around it.
    if (event.key === "Escape" || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      onClose();
    }
  };
  const change = (value: string): void => {
    selectFirstOption();
    onText(value);
  };
  const submit = (id: string): void => {
    const command = commands.find((each) => each.id === id);
    if (command !== undefined) {
      onChoose(command);
    }
  };
  return (
    <Combobox store={combobox} onOptionSubmit={submit}>
      <Combobox.EventsTarget withExpandedAttribute>
        <TextInput
          data-autofocus
          {...ROLE}
          variant="unstyled"
          size="md"
          className={classes.field}
          leftSection={<IconSearch size={18} stroke={1.6} />}
          aria-label="Search or jump to"
          autoComplete="off"
          spellCheck={false}
          placeholder="A page, an action, an id, a key, or words of a trace"
          value={text}
          onChange={(event) => change(event.currentTarget.value)}
          onKeyDown={press}
        />
      </Combobox.EventsTarget>
      <Combobox.Options className={classes.list} aria-label="Results" aria-busy={isLoading}>
        {groupCommands(commands).map(([heading, members]) => (
          <Combobox.Group key={heading} label={heading}>
            {members.map(({ id, label, note }) => (
              <Combobox.Option key={id} value={id} className={classes.option}>
                <span className={classes.label}>{label}</span>
                <Note text={note} />
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
        {commands.length === 0 && <Combobox.Empty>{isLoading ? "Searching…" : `Nothing is called “${text}”.`}</Combobox.Empty>}
      </Combobox.Options>
    </Combobox>
  );
}

/** A key, a sequence of two, or a text. */
function Note({ text }: { text: string }): ReactElement {
  const isKey = /^(?:\S|g \S|Mod\+\S+)$/.test(text);
  return <span className={classes.note}>{isKey ? <Kbd size="xs">{text.replace("Mod+", "Ctrl ")}</Kbd> : text}</span>;
}
