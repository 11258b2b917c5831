import { Modal, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useDispatcher } from "../../shared/keyboard/Keys.tsx";
import { useQueryAddress } from "../../shared/query/PageQuery.tsx";
import { useShownPages } from "../useShownPages.ts";
import { type Command, fixedCommands, matchCommands, pageCommands } from "./commands.ts";
import { CommandList } from "./CommandList.tsx";
import { useRecords } from "./useRecords.ts";

interface Props {
  text: string;
  onText: (text: string) => void;
  onClose: () => void;
}

/** The command palette: finds every page, record and action by the typed text. */
export function Palette({ text, onText, onClose }: Props): ReactElement {
  const navigate = useNavigate();
  const fixed = useFixedCommands();
  const onPage = usePageCommands();
  const { records, isLoading } = useRecords(text, (path) => void navigate(path));
  const commands = [...matchCommands([...onPage, ...fixed], text), ...records];
  const choose = (command: Command): void => {
    onClose();
    command.run();
  };
  return (
    <Modal.Root opened onClose={onClose} padding={0} size={600} yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label="Search or jump to">
        <Modal.Body>
          <CommandList text={text} onText={onText} commands={commands} isLoading={isLoading} onChoose={choose} onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The commands of the page, also of one that comes, or is loaded, after the palette was opened. */
function usePageCommands(): readonly Command[] {
  const [commands, setCommands] = useState<readonly Command[]>(() => pageCommands(document));
  useEffect(() => {
    const page = document.getElementById("page");
    const observer = new MutationObserver(() => setCommands(pageCommands(document)));
    if (page !== null) {
      observer.observe(page, { childList: true, subtree: true });
    }
    return () => observer.disconnect();
  }, []);
  return commands;
}

function useFixedCommands(): Command[] {
  const navigate = useNavigate();
  const dispatcher = useDispatcher();
  const address = useQueryAddress();
  const pages = useShownPages();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return useMemo(() => {
    const actions = {
      go: (path: string) => void navigate(path),
      toggleColours: () => setColorScheme(scheme === "dark" ? "light" : "dark"),
      showQuery: address === null ? null : () => void window.open(address, "_blank", "noopener"),
    };
    return fixedCommands(pages, actions, dispatcher.sections);
  }, [navigate, dispatcher, pages, address, setColorScheme, scheme]);
}
