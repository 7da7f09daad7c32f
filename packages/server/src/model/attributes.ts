import { refusal } from '../base/app-error.ts';

/** @throws RequestError attributesTooLong, attributesNotJson. Twilio: errors 50303, 50304 */
export function checkAttributes(attributes: string, name: string, maxBytes: number): void {
  const length = byteLength(attributes, maxBytes);
  if (length > maxBytes) throw refusal('attributesTooLong', { name, length, max: maxBytes });
  try {
    JSON.parse(attributes);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'unreadable';
    throw refusal('attributesNotJson', { name, problem }, { cause });
  }
}

/** Bytes of `text` in UTF-8; when its characters alone are more than `max`, their number. */
export function byteLength(text: string, max: number): number {
  return text.length > max ? text.length : Buffer.byteLength(text);
}
