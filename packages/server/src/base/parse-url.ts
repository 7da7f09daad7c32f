/**
 * The URL that `text` is, or undefined.
 *
 * NOTE: not by `URL.canParse`. Of Node 20 and 22, once it has been called some thousand times, that takes URLs with
 * Latin-1 letters, as `http://münchen.de`, for none.
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
