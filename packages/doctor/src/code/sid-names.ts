/** Letters that begin a SID, and what a user calls it. */
export type Prefixes = readonly string[];

// What stands before "Sid" in a name, the longest first: it says which kind the name promises.
const kinds: ReadonlyMap<string, Prefixes> = new Map<string, Prefixes>([
  ['connect app', ['CN']],
  ['public key', ['CR']],
  ['encryption key', ['CR']],
  ['api key', ['SK']],
  ['signing key', ['SK']],
  ['chat service', ['IS']],
  ['conversation service', ['IS']],
  ['conversations service', ['IS']],
  ['service instance', ['IS', 'MG']],
  ['sync service', ['IS']],
  ['messaging service', ['MG']],
  ['verify service', ['VA']],
  // Numbers that are ported in too.
  ['phone number', ['PN', 'PU']],
  ['sip domain', ['SD']],
  ['task channel', ['TC']],
  ['end user', ['IT']],
  ['account', ['AC']],
  ['subaccount', ['AC']],
  ['key', ['SK']],
  // Applications for short codes too.
  ['application', ['AP', 'WF']],
  ['app', ['AP']],
  ['conductor', ['CN']],
  ['conversation', ['CH']],
  // Channels of interactions too.
  ['channel', ['CH', 'UO']],
  // Participants of conferences, rooms and proxies too.
  ['participant', ['MB', 'CA', 'CP', 'PA', 'KP', 'UT', 'FO']],
  ['member', ['MB', 'CA']],
  ['call', ['CA']],
  // Flex names a conference by its task, and either is taken in the path.
  ['conference', ['CF', 'WT']],
  ['message', ['IM', 'SM', 'MM']],
  ['sms', ['SM', 'MM']],
  ['recording', ['RE', 'RT']],
  ['transcription', ['TR', 'GT']],
  ['queue', ['QU', 'WQ']],
  ['number', ['PN']],
  ['user', ['US', 'FU']],
  ['role', ['RL', 'IX']],
  ['webhook', ['WH', 'YW']],
  ['media', ['ME', 'MM']],
  ['stream', ['MZ', 'TO']],
  ['content', ['HX']],
  ['flow', ['FW', 'FO']],
  ['workspace', ['WS']],
  ['workflow', ['WW']],
  ['worker', ['WK']],
  ['task', ['WT']],
  ['trunk', ['TK', 'BY']],
  // Domains of short links too.
  ['domain', ['SD', 'DN']],
  ['room', ['RM']],
  // Samples of SIP credentials show `SC`.
  ['credential', ['CR', 'SC']],
  ['bundle', ['BU']],
]);

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

const known = new Map<string, Prefixes | undefined>();

/**
 * The kinds of SID that a name promises: `conductorSid`, `CONDUCTOR_SID` and
 * `voiceBinding.conductorSid` promise a Conductor's. Undefined where it promises none in particular.
 */
export function kindsOfName(name: string): Prefixes | undefined {
  if (!/sid/i.test(name)) return undefined;
  if (!known.has(name)) known.set(name, readKinds(name));
  return known.get(name);
}

function readKinds(name: string): Prefixes | undefined {
  const words = wordsOf(name.slice(name.lastIndexOf('.') + 1));
  if (words.at(-1) !== 'sid') return undefined;
  const last = words.at(-2) ?? '';
  return kinds.get(`${words.at(-3) ?? ''} ${last}`) ?? kinds.get(last);
}

/** The kinds that members of a collection of the SDK have: `conversations` gives Conversations. */
export function kindsOfCollection(name: string): Prefixes | undefined {
  return kindsOfName(`${name.replace(/s$/, '')}Sid`);
}

/** Whether a name says "SID" and not of what: `sid`, `theSid`, `SID`, `twilioSid`, `sid2`. */
export function isAmbiguousName(name: string): boolean {
  const words = wordsOf(name).filter((word) => !empty.has(word));
  return words.length === 1 && words[0] === 'sid';
}

const empty: ReadonlySet<string> = new Set(['the', 'my', 'a', 'some', 'this', 'twilio', 'tutti']);

const sidShape = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/** Whether a text is a SID by its shape. */
export const looksLikeSid = (text: string): boolean => sidShape.test(text);

/** Whether none of the kinds given is one that is wanted. */
export function isOtherKind(given: Prefixes | undefined, wanted: Prefixes | undefined): boolean {
  return (
    given !== undefined && wanted !== undefined && !given.some((prefix) => wanted.includes(prefix))
  );
}
