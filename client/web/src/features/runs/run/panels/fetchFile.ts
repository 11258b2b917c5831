import { download } from "../../../../shared/download.ts";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { notifyErrors } from "../../../../shared/feedback/settle.ts";

/** Downloads a file whose address is asked for now, since those of the page expire after an hour. */
export async function fetchFile(fileName: string, fresh: () => Promise<string | null | undefined>): Promise<void> {
  try {
    const address = await fresh();
    if (address) {
      download(address, fileName);
    } else {
      notifyErrors("There is no file", [{ code: "NOT_FOUND", message: `${fileName} is no longer stored.`, field: "" }]);
    }
  } catch (error) {
    notifyErrors("The file could not be downloaded", shownErrors(error));
  }
}
