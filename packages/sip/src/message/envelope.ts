import { fail, ok, type Result } from '../result.ts';
import type { SipMessage } from './message.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { parseVia, type Via } from './via.ts';

/** The headers every message must have, read: RFC 3261 §8.1.1. */
export interface Envelope {
  /** The topmost element. */
  readonly via: Via;
  readonly branch: string;
  readonly from: NameAddr;
  readonly to: NameAddr;
  /** `''` from a peer older than RFC 3261. */
  readonly fromTag: string;
  readonly toTag: string | undefined;
  readonly callId: string;
  readonly seq: number;
  readonly seqMethod: string;
}

/** A comma or semicolon with nothing after it. */
function hasEmptyPart(line: string): boolean {
  return /[;,]\s*(?:[;,]|$)/.test(line);
}

const ONCE = ['From', 'To', 'Call-ID', 'CSeq'] as const;

/** Reads and checks the mandatory headers; never throws. */
export function readEnvelope(message: SipMessage): Result<Envelope, { readonly message: string }> {
  const { headers } = message;
  const via = parseVia(headers.list('via')[0] ?? '');
  if (via === undefined || headers.getAll('via').some(hasEmptyPart)) {
    return fail({ message: 'Via missing or malformed' });
  }
  for (const name of ONCE) {
    if (headers.getAll(name).length !== 1) return fail({ message: `${name} not there once` });
  }
  const from = parseNameAddr(headers.get('from') ?? '');
  const to = parseNameAddr(headers.get('to') ?? '');
  if (!from.ok) return fail({ message: `From: ${from.error.message}` });
  if (!to.ok) return fail({ message: `To: ${to.error.message}` });
  const callId = headers.get('call-id') ?? '';
  if (callId === '' || /\s/.test(callId)) return fail({ message: 'Call-ID malformed' });
  // The number is below 2**31: RFC 3261 §8.1.1.5.
  const cseq = /^(\d{1,10})\s+(\S+)$/.exec(headers.get('cseq') ?? '');
  const seq = Number(cseq?.[1]);
  const seqMethod = cseq?.[2];
  if (seqMethod === undefined || seq >= 2 ** 31) return fail({ message: 'CSeq malformed' });
  if (message.kind === 'request' && message.method !== seqMethod) {
    return fail({ message: 'CSeq names another method' });
  }
  return ok({
    via,
    branch: via.params.get('branch') ?? '',
    from: from.value,
    to: to.value,
    fromTag: from.value.params.get('tag') ?? '',
    toTag: to.value.params.get('tag'),
    callId,
    seq,
    seqMethod,
  });
}
