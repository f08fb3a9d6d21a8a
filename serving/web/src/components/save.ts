/** Hand a file to the reader. */

function save(name: string, address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** Save rows as CSV that spreadsheets open in Chinese (with the mark of UTF-8), formulas made harmless. */
export function saveCsv(
  name: string,
  header: string[],
  rows: (string | number | null | undefined)[][],
): void {
  const cell = (value: string | number | null | undefined): string => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  const text = "\ufeff" + [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  save(name, address);
  URL.revokeObjectURL(address);
}

/** Save a picture given as a data address. */
export function savePicture(name: string, address: string): void {
  save(name, address);
}
