import type { SipMessage } from './message.ts';
import { refuseLineBreak } from './params.ts';
import { isToken } from './parse-message.ts';

/**
 * Writes a message with its Content-Length.
 * @throws TypeError when a value holds CR or LF or a name is no token: a header would be injected.
 */
export function formatMessage(message: SipMessage): Buffer {
  let head: string;
  if (message.kind === 'request') {
    if (!isToken(message.method) || /[\s<>"]/.test(message.uri) || message.uri === '') {
      throw new TypeError(`Not a request line: ${JSON.stringify([message.method, message.uri])}`);
    }
    head = `${message.method} ${message.uri} SIP/2.0\r\n`;
  } else {
    refuseLineBreak(message.reason, 'reason phrase');
    head = `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  }
  for (const [name, value] of message.headers.entries()) {
    if (!isToken(name)) throw new TypeError(`Not a header name: ${JSON.stringify(name)}`);
    refuseLineBreak(value, `header ${name}`);
    head += `${name}: ${value}\r\n`;
  }
  head += `Content-Length: ${message.body.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), message.body]);
}
