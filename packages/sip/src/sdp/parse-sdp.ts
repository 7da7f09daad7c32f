import { fail, ok, type Result } from '../result.ts';
import type {
  SdpAttribute,
  SdpConnection,
  SdpError,
  SdpMedia,
  SessionDescription,
} from './session-description.ts';

/** A description over this many lines is not one. */
const MAX_LINES = 2000;

interface Section {
  connection?: SdpConnection;
  readonly bandwidths: string[];
  readonly attributes: SdpAttribute[];
}

interface MediaSection extends Section {
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/** Reads a session description; lenient about order and line ends, as peers are. Never throws. */
export function parseSdp(text: string): Result<SessionDescription, SdpError> {
  const session: Section = { bandwidths: [], attributes: [] };
  const media: MediaSection[] = [];
  let origin: SessionDescription['origin'] | undefined;
  let versionSeen = false;
  let name = '-';
  let timing: string | undefined;
  let section = session;
  const lines = text.split(/\r\n|\n|\r/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) return bad('Too many lines');
  for (const line of lines) {
    if (line === '') continue;
    if (line.charAt(1) !== '=') return bad(`Not a line of SDP: ${line.slice(0, 40)}`);
    const value = line.slice(2);
    switch (line.charAt(0)) {
      case 'v':
        if (value.trim() !== '0') return bad('Version is not 0');
        versionSeen = true;
        break;
      case 'o':
        origin = readOrigin(value);
        if (origin === undefined) return bad('Malformed o=');
        break;
      case 's':
        name = value;
        break;
      case 't':
        timing ??= value.trim();
        break;
      case 'c': {
        const connection = readConnection(value);
        if (connection === undefined) return bad('Malformed c=');
        section.connection ??= connection;
        break;
      }
      case 'b':
        section.bandwidths.push(value);
        break;
      case 'a':
        section.attributes.push(readAttribute(value));
        break;
      case 'm': {
        const next = readMedia(value);
        if (next === undefined) return bad('Malformed m=');
        media.push(next);
        section = next;
        break;
      }
      default:
        break;
    }
  }
  if (!versionSeen || origin === undefined) return bad('v= or o= missing');
  return ok({ origin, name, ...session, timing: timing ?? '0 0', media });
}

function readOrigin(value: string): SessionDescription['origin'] | undefined {
  // Some phones write a name with blanks for the username, which may have none: RFC 8866 §5.2.
  const fields = words(value);
  const username = fields.slice(0, -5).join(' ');
  const [sessionId, sessionVersion, network, addressType, address] = fields.slice(-5);
  if (
    username === '' ||
    sessionId === undefined ||
    sessionVersion === undefined ||
    network !== 'IN' ||
    addressType === undefined ||
    address === undefined
  ) {
    return undefined;
  }
  return { username, sessionId, sessionVersion, addressType, address };
}

// Wider than the grammar of addresses, but nothing that no name or address has: RFC 8866 §9.
const ADDRESS = /^[\x21-\x7e]+$/;

// `/ttl` and `/count` of multicast are cut off: RFC 8866 §5.7.
function readConnection(value: string): SdpConnection | undefined {
  const [network, addressType, text = ''] = words(value);
  const address = text.split('/', 1)[0] ?? '';
  if (network !== 'IN' || addressType === undefined || !ADDRESS.test(address)) return undefined;
  return { addressType, address };
}

function readAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(':');
  if (colon === -1) return { name: value.trim() };
  return { name: value.slice(0, colon), value: value.slice(colon + 1).trim() };
}

function readMedia(value: string): MediaSection | undefined {
  const [type, portText = '', protocol, ...formats] = words(value);
  const match = /^(\d{1,5})(?:\/\d+)?$/.exec(portText);
  const port = Number(match?.[1]);
  if (type === undefined || protocol === undefined || !(port <= 65_535)) return undefined;
  return { type, port, protocol, formats, bandwidths: [], attributes: [] } satisfies SdpMedia;
}

function words(value: string): readonly string[] {
  return value.split(' ').filter((word) => word !== '');
}

function bad(message: string): { readonly ok: false; readonly error: SdpError } {
  return fail({ code: 'syntax', message });
}
