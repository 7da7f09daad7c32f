/** What the customer's server says on a media stream. Twilio: voice/media-streams/websocket-messages#from-your-server */
export type StreamMessage =
  | { readonly event: 'media'; readonly sound: Buffer }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

export type StreamMessageResult =
  | {
      readonly ok: true;
      readonly message: StreamMessage;
      /** Names of fields that nobody reads. */
      readonly unread: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** Longest name of a mark: each is kept until what was sent before it has been played. */
const MARK_NAME_MAX = 1024;

type Fields = Readonly<Record<string, unknown>>;

/** Reads one message of the stream `streamSid`. Never throws. */
export function readStreamMessage(text: string, streamSid: string): StreamMessageResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return bad(`it is not JSON: ${shortened(text)}`);
  }
  if (!isFields(json)) return bad(`it is not a JSON object: ${shortened(text)}`);
  const { event } = json;
  if (json['streamSid'] !== streamSid) {
    return bad(
      json['streamSid'] === undefined
        ? `it has no streamSid; ${streamSid} is expected`
        : `its streamSid is ${shown(json['streamSid'])}; ${streamSid} is expected`,
    );
  }
  switch (event) {
    case 'media':
      return readMedia(json);
    case 'mark':
      return readMark(json);
    case 'clear':
      return { ok: true, message: { event }, unread: unreadOf(json, []) };
    default:
      return bad(`its event is ${shown(event)}; media, mark or clear is expected`);
  }
}

function readMedia(json: Fields): StreamMessageResult {
  const media = json['media'];
  const payload = isFields(media) ? media['payload'] : undefined;
  if (typeof payload !== 'string') return bad('media has no payload: Base64 of mu-law is expected');
  const sound = Buffer.from(payload, 'base64');
  // What is no Base64 is passed over by the decoder, so that less comes out.
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  if (sound.length !== Math.floor(((payload.length - padding) * 3) / 4)) {
    return bad('its payload is not Base64');
  }
  const unread = [...unreadOf(json, ['media']), ...unreadOf(media as Fields, ['payload'], 'media')];
  return { ok: true, message: { event: 'media', sound }, unread };
}

function readMark(json: Fields): StreamMessageResult {
  const mark = json['mark'];
  const name = isFields(mark) ? mark['name'] : undefined;
  if (typeof name !== 'string' || name === '') return bad('mark has no name');
  if (name.length > MARK_NAME_MAX) {
    return bad(`the name of its mark has ${name.length} characters; ${MARK_NAME_MAX} are taken`);
  }
  const unread = [...unreadOf(json, ['mark']), ...unreadOf(mark as Fields, ['name'], 'mark')];
  return { ok: true, message: { event: 'mark', name }, unread };
}

function unreadOf(json: Fields, read: readonly string[], inside?: string): string[] {
  const known = inside === undefined ? ['event', 'streamSid', ...read] : read;
  return Object.keys(json)
    .filter((name) => !known.includes(name))
    .map((name) => shortened(inside === undefined ? name : `${inside}.${name}`));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(problem: string): StreamMessageResult {
  return { ok: false, problem };
}

function shown(value: unknown): string {
  return value === undefined ? 'not there' : shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
