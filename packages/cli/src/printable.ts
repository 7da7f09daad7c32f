/** `text` from outside as it may be printed: a terminal obeys control characters, so they are replaced. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\uFFFD');
}
