import { parseE164 } from '@tutti/ids';
import type { Reading, Value, Wanted } from './configuration.ts';
import { kinds } from './grammar.ts';
import { readValue, type Names } from './read-value.ts';
import { YamlSource, type Entry } from './yaml-source.ts';

/** Settings of a number in a seed file, and what they are called here. Source: github.com/vercel-labs/emulate, "Seed Config" of Twilio. */
const numberSettings = {
  sms_url: 'smsUrl',
  sms_method: 'smsMethod',
  voice_url: 'voiceUrl',
  voice_method: 'voiceMethod',
  status_callback: 'statusCallback',
} as const;
const numberKeys = ['sid', 'phone_number', 'friendly_name', ...Object.keys(numberSettings)];

/** What of a seed file has no place here, and what to do instead. */
const left: Readonly<Record<string, string>> = {
  port: 'the server has its own: tutti start --port N.',
  account:
    'an account is made with the server: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN when tutti start runs for the first time.',
  api_keys:
    'make keys by POST /2010-04-01/Accounts/{AccountSid}/Keys.json; the server says the secret once.',
  messaging_services: 'there are no messaging services here. Give each number its smsUrl.',
  verify_services: 'there is no Verify here.',
  conversations:
    'conversations are made in the default service of the account; name them under conversations: of a tutti.yaml.',
};

const noNames: Names = { applications: [], conductors: [], phoneNumbers: new Map() };

/** Reads the `twilio` section of a seed file of emulate: its phone numbers. All else is said to be left. */
export function readEmulate(text: string, file: string): Reading {
  const source = new YamlSource(text, file, undefined);
  const notes: string[] = [];
  const wanted: Wanted[] = [];
  const leave = (entry: Entry, name: string, why: string): void => {
    notes.push(`${file}:${source.lineOf(entry.at)}: ${name} is not carried: ${why}`);
  };
  for (const entry of source.entries(source.root, 'the file')) {
    if (entry.key !== 'twilio') {
      leave(entry, entry.key, 'it is another service of emulate, or no setting of Twilio.');
      continue;
    }
    const known = [...Object.keys(left), 'phone_numbers'];
    for (const section of source.known(entry.value, 'twilio', known, entry.at).values()) {
      const why = left[section.key];
      if (why !== undefined) leave(section, `twilio.${section.key}`, why);
      else {
        for (const number of source.list(section, 'twilio.phone_numbers') ?? []) {
          const one = readNumber(source, number, wanted, leave);
          if (one !== undefined) wanted.push(one);
        }
      }
    }
  }
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  return {
    ok: true,
    configuration: { project: 'emulate', destinations: [], wanted, left: notes },
  };
}

function readNumber(
  source: YamlSource,
  entry: Entry,
  before: readonly Wanted[],
  leave: (entry: Entry, name: string, why: string) => void,
): Wanted | undefined {
  const what = 'a number of twilio.phone_numbers';
  const at = entry.value ?? entry.at;
  const given = source.known(entry.value, what, numberKeys, at);
  const digits = given.get('phone_number');
  const number = digits && source.text(digits, `phone_number of ${what}`, 'a number');
  if (number === undefined) {
    if (digits === undefined) source.problem(at, `${what} has no phone_number; it is needed.`);
    return undefined;
  }
  const parsed = parseE164(number);
  if (!parsed.ok) {
    source.problem(
      digits?.value,
      `phone_number is ${JSON.stringify(number)}; expected is a number in E.164 form. ${parsed.error.message}`,
    );
    return undefined;
  }
  const sid = given.get('sid');
  if (sid !== undefined) leave(sid, `sid of ${number}`, 'SIDs are minted by the server.');
  const title = given.get('friendly_name');
  const friendlyName = title && source.text(title, `friendly_name of ${number}`, 'a text');
  const name = nameFor(friendlyName, number, before);
  if (title !== undefined) {
    leave(title, `friendly_name of ${number}`, `it says who made the number: emulate/${name}.`);
  }
  const settings = new Map<string, Value>([['number', number]]);
  for (const [theirs, ours] of Object.entries(numberSettings)) {
    const value = given.get(theirs);
    if (value === undefined) continue;
    const { type } = kinds.phoneNumber.settings[ours];
    const read = readValue(source, value, type, `${theirs} of ${number}`, noNames);
    if (read !== undefined) settings.set(ours, read);
  }
  return { kind: 'phoneNumber', name, conversation: undefined, line: source.lineOf(at), settings };
}

/** A name of its friendly name, `Local SMS` as `local-sms`, or of its digits where that gives none or one taken. */
function nameFor(
  friendlyName: string | undefined,
  number: string,
  before: readonly Wanted[],
): string {
  const words = (friendlyName ?? '').toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const name = words
    .join('-')
    .replace(/^[0-9-]+/, '')
    .slice(0, 30)
    .replace(/-$/, '');
  const isFree = name !== '' && !before.some((other) => other.name === name);
  return isFree ? name : `n${number.slice(1)}`;
}
