/** Saves the content of a URL as a file. */
export function download(address: string, fileName: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
}

/** Saves a text as a file. */
export function downloadText(text: string, fileName: string, type = "text/plain"): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  download(address, fileName);
  URL.revokeObjectURL(address);
}
