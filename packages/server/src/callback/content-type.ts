/** `text/html; charset=utf-8` → `text/html`; empty when there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * The characters of a body: by the `charset` of its `Content-Type`, else by its XML declaration, else as
 * UTF-8. RFC 7303 §3
 */
export function decodeText(body: Buffer, contentType: string | undefined): string {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1];
  const declared = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    body.subarray(0, 200).toString('latin1'),
  )?.[1];
  try {
    return new TextDecoder(charset ?? declared).decode(body);
  } catch {
    // A charset nobody knows is most often a misspelt UTF-8.
    return new TextDecoder().decode(body);
  }
}
