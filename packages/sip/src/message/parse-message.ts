import { fail, ok, type Result } from '../result.ts';
import { headerName, type HeaderLine, SipHeaders } from './headers.ts';
import type { SipMessage, SipRequest } from './message.ts';

/** Most bytes of start line and headers that are read at all. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Most bytes of a body. */
export const MAX_BODY_BYTES = 64 * 1024;

export interface SipParseError {
  readonly code: 'oversize' | 'start-line' | 'version' | 'header' | 'content-length' | 'incomplete';
  readonly message: string;
  /** The request as far as it was readable, so that it can be refused with `status`. */
  readonly refusal?: { readonly request: SipRequest; readonly status: 400 | 505 };
}

const BLANK_LINE = Buffer.from('\r\n\r\n');
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;

/**
 * Reads one whole message (a datagram, or what a stream framer cut out); never throws.
 * Without Content-Length the body is the rest, and bytes after it are ignored: RFC 3261 §18.3.
 */
export function parseMessage(input: Uint8Array | string): Result<SipMessage, SipParseError> {
  const bytes =
    typeof input === 'string'
      ? Buffer.from(input)
      : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  let start = 0;
  // Empty lines before the start line are ignored: RFC 3261 §7.5.
  while (bytes[start] === CR || bytes[start] === LF) start += 1;
  const end = endOfHeaders(bytes, start);
  if (end === -1) return refuse('incomplete', 'No empty line after the headers');
  if (end - start > MAX_HEADER_BYTES) return refuse('oversize', 'Headers over 16 KiB');

  const head = bytes.toString('utf8', start, end);
  const firstEnd = head.indexOf('\r\n');
  const startLine = firstEnd === -1 ? head : head.slice(0, firstEnd);
  const read = firstEnd === -1 ? ok(NO_LINES) : readLines(head, firstEnd + 2);
  if (!read.ok) return read;

  const rest = bytes.subarray(end + BLANK_LINE.length);
  const declared = read.value.contentLength;
  // A number that cannot be used leaves no body that could be told from the rest.
  const body = declared === undefined ? rest : rest.subarray(0, Math.max(0, declared || 0));
  const message = readStartLine(startLine, SipHeaders.ofLines(read.value.lines), body);
  if (!message.ok) return message;
  if (declared !== undefined && (Number.isNaN(declared) || declared > rest.length)) {
    return refuseAs(message.value, 'content-length', 'Content-Length does not fit the message');
  }
  if (body.length > MAX_BODY_BYTES) return refuse('oversize', 'Body over 64 KiB');
  return message;
}

/** Where the empty line begins; the end of a datagram whose last header line is whole will do too. */
function endOfHeaders(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(BLANK_LINE, start);
  return end === -1 && bytes.at(-2) === CR && bytes.at(-1) === LF ? bytes.length - 2 : end;
}

interface Lines {
  readonly lines: readonly HeaderLine[];
  /** NaN when it is not a number, or two differ. */
  readonly contentLength: number | undefined;
}

const NO_LINES: Lines = { lines: [], contentLength: undefined };

function readLines(head: string, from: number): Result<Lines, SipParseError> {
  const lines: HeaderLine[] = [];
  let contentLength: number | undefined;
  let at = from;
  while (at < head.length) {
    let end = lineEnd(head, at);
    // A line that begins with white space continues the one before: RFC 3261 §7.3.1.
    while (isBlank(head.charCodeAt(end + 2))) end = lineEnd(head, end + 2);
    const written = head.slice(at, end);
    if (/\r(?!\n)|(?<!\r)\n/.test(written)) return refuse('header', 'Bare CR or LF');
    const line = unfolded(written);
    const colon = line.indexOf(':');
    const nameAsWritten = line.slice(0, Math.max(0, colon)).trimEnd();
    if (!isToken(nameAsWritten)) return refuse('header', `Not a header: ${line.slice(0, 80)}`);
    const { name, key } = headerName(nameAsWritten);
    const value = line.slice(colon + 1).trim();
    if (key === 'content-length') {
      const length = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      contentLength = contentLength === undefined || contentLength === length ? length : Number.NaN;
    } else lines.push({ name, key, value });
    at = end + 2;
  }
  return ok({ lines, contentLength });
}

/** In one go: line upon line would take the square of their number. */
function unfolded(lines: string): string {
  if (!lines.includes('\r\n')) return lines;
  const [first = '', ...more] = lines.split('\r\n');
  return [first.trimEnd(), ...more.map((each) => each.trim())].join(' ');
}

function lineEnd(head: string, from: number): number {
  const end = head.indexOf('\r\n', from);
  return end === -1 ? head.length : end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** In the place of a Request-URI that no message could carry. */
const UNREADABLE_URI = 'sip:unreadable.invalid';

// Status-Line = SIP-Version SP Status-Code SP Reason-Phrase; Request-Line = Method SP URI SP
// SIP-Version: RFC 3261 §7.1, §7.2. Exactly one space each.
function readStartLine(
  line: string,
  headers: SipHeaders,
  body: Uint8Array,
): Result<SipMessage, SipParseError> {
  if (/[\r\n]/.test(line)) return refuse('start-line', 'Bare CR or LF');
  const first = line.indexOf(' ');
  const head = line.slice(0, Math.max(0, first));
  if (head.toUpperCase() === 'SIP/2.0') {
    const match = /^([1-6]\d\d)(?: (.*))?$/.exec(line.slice(first + 1));
    if (match === null) return refuse('start-line', `Not a status line: ${line.slice(0, 80)}`);
    const [, status, reason = ''] = match;
    return ok({ kind: 'response', status: Number(status), reason, headers, body });
  }
  const last = line.trimEnd().lastIndexOf(' ');
  const uri = line.slice(first + 1, last);
  const version = line.slice(last + 1).toUpperCase();
  // What was meant as a request is worth an answer; anything else is noise.
  if (last <= first || !isToken(head) || !/^SIP\/\d+\.\d+\s*$/.test(version)) {
    return refuse('start-line', `Not a request line: ${line.slice(0, 80)}`);
  }
  const request: SipRequest = { kind: 'request', method: head, uri, headers, body };
  if (uri === '' || /[\s<>"]/.test(uri) || version.endsWith(' ')) {
    const text = `Malformed request line: ${line.slice(0, 80)}`;
    return refuseAs({ ...request, uri: UNREADABLE_URI }, 'start-line', text);
  }
  if (version === 'SIP/2.0') return ok(request);
  const message = `Version ${version.slice(0, 40)} is not spoken here`;
  return fail({ code: 'version', message, refusal: { request, status: 505 } });
}

const TOKEN_MARKS = "-.!%*_+`'~";

/** `token`: RFC 3261 §25.1. */
export function isToken(text: string): boolean {
  if (text === '') return false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const lower = c | 0x20;
    const plain = (c < COLON && c >= 0x30) || (lower >= 0x61 && lower <= 0x7a);
    if (!plain && !TOKEN_MARKS.includes(text.charAt(i))) return false;
  }
  return true;
}

function refuse(
  code: SipParseError['code'],
  message: string,
): { readonly ok: false; readonly error: SipParseError } {
  return fail({ code, message });
}

function refuseAs(
  parsed: SipMessage,
  code: SipParseError['code'],
  message: string,
): { readonly ok: false; readonly error: SipParseError } {
  return parsed.kind === 'request'
    ? fail({ code, message, refusal: { request: parsed, status: 400 } })
    : fail({ code, message });
}
