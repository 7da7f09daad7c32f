import { explainSid, isE164 } from '@tutti/ids';
import { looksLikeSid } from '../code/sid-names.ts';
import { shortened } from '../env/examine-variables.ts';
import type { Variable } from '../env/examine-variables.ts';
import { parseUrl } from '../parse-url.ts';
import type { Finding, RuleName, RuleValues, Where } from '../rules.ts';
import { whereOf } from '../rules.ts';
import type { Endpoint } from './examine-endpoint.ts';
import { shownUrl } from './examine-endpoint.ts';
import type { LiveServer, Resource } from './live-server.ts';

/** What a live server says of a project's SIDs. */
export interface LiveReport {
  readonly findings: readonly Finding[];
  /** How many SIDs were looked up. */
  readonly sids: number;
  /** Variables whose SIDs it could not be asked for. */
  readonly unasked: readonly string[];
  /** The voice URLs of the account's applications and numbers. */
  readonly endpoints: readonly Endpoint[];
}

/**
 * Asks a server for the SIDs of variables, group by group as they stand together.
 *
 * @throws CannotLook where the server does not answer.
 */
export async function examineLive(
  server: LiveServer,
  accountSid: string,
  groups: readonly (readonly Variable[])[],
  onProgress: (looked: number, all: number) => void,
): Promise<LiveReport> {
  const applications = await server.list('Applications');
  const numbers = await server.list('IncomingPhoneNumbers');
  if (typeof applications === 'number' || typeof numbers === 'number') {
    const status = typeof applications === 'number' ? applications : Number(numbers);
    const holder = groups.flat().find(({ value }) => value === accountSid);
    const values = { account: shortened(accountSid), server: server.name, status };
    const where: Where = holder === undefined ? { place: undefined } : whereOf(holder);
    const findings: Finding[] = [{ rule: 'live-credentials-refused', values, ...where }];
    return { findings, sids: 0, unasked: [], endpoints: [] };
  }
  const look = new Look(server, await server.isTutti(), numbers);
  const sids = new Set(groups.flat().flatMap(({ value }) => (isRealSid(value) ? [value] : [])));
  for (const [index, sid] of [...sids].entries()) {
    await look.up(sid);
    onProgress(index + 1, sids.size);
  }
  for (const group of groups) await look.at(group);
  const { findings, unasked } = look;
  return { findings, sids: sids.size, unasked, endpoints: endpointsOf(applications, numbers) };
}

const isRealSid = (value: string): boolean =>
  looksLikeSid(value) && explainSid(value).kind !== 'placeholder';

function endpointsOf(
  applications: readonly Resource[],
  numbers: readonly Resource[],
): readonly Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { voice_url: url, voice_method: method } of [...applications, ...numbers]) {
    if (typeof url !== 'string' || !/^https?:$/.test(parseUrl(url)?.protocol ?? '')) continue;
    endpoints.set(`${String(method)} ${url}`, {
      url,
      method: method === 'GET' ? 'GET' : 'POST',
      place: undefined,
      subject: shownUrl(url),
    });
  }
  return [...endpoints.values()];
}

class Look {
  readonly findings: Finding[] = [];
  readonly unasked: string[] = [];
  readonly #server: LiveServer;
  readonly #isTutti: boolean;
  readonly #numbers: readonly Resource[];
  /** Undefined for what could not be asked, null for what is not there. */
  readonly #found = new Map<string, Resource | null | undefined>();

  constructor(server: LiveServer, isTutti: boolean, numbers: readonly Resource[]) {
    this.#server = server;
    this.#isTutti = isTutti;
    this.#numbers = numbers;
  }

  async up(sid: string): Promise<void> {
    if (sid.startsWith('CN') && !this.#isTutti) return;
    const answer = await this.#server.find(sid);
    this.#found.set(
      sid,
      answer?.status === 200 ? answer.body : answer?.status === 404 ? null : undefined,
    );
  }

  async at(group: readonly Variable[]): Promise<void> {
    for (const variable of group) {
      if (isRealSid(variable.value)) this.#sid(variable);
      else if (isOwnNumber(variable)) await this.#number(variable);
    }
    const conductors = group.filter(({ value }) => value.startsWith('CN') && isRealSid(value));
    for (const conductor of conductors) this.#conductor(conductor, group);
  }

  #sid(variable: Variable): void {
    const { name, value } = variable;
    const server = this.#server.name;
    if (value.startsWith('CN') && !this.#isTutti) {
      this.#find(variable, 'live-no-conductors', { variable: name, server });
      return;
    }
    const found = this.#found.get(value);
    if (found === undefined) this.unasked.push(name);
    if (found === null) {
      const given = { shown: shortened(value), kinds: [value.slice(0, 2)] };
      this.#find(variable, 'live-sid-missing', { variable: name, given, server });
    }
    if (value.startsWith('AP') && found && !found['voice_url']) {
      this.#find(variable, 'live-application-without-url', { variable: name });
    }
  }

  /** Whether the Conversation and the application that stand beside a Conductor are its own. */
  #conductor(conductor: Variable, group: readonly Variable[]): void {
    const found = this.#found.get(conductor.value);
    for (const [kind, property, what] of [
      ['CH', 'conversation_sid', 'Conversation'],
      ['AP', 'application_sid', 'Application'],
    ] as const) {
      const own = found?.[property];
      const beside = group.filter(({ value }) => value.startsWith(kind) && isRealSid(value));
      const [first] = beside;
      if (typeof own !== 'string' || first === undefined) continue;
      if (beside.some(({ value }) => value === own)) continue;
      this.#find(conductor, 'live-other-binding', {
        conductor: conductor.name,
        other: first.name,
        what,
        own: shortened(own),
      });
    }
  }

  async #number(variable: Variable): Promise<void> {
    const { name, value } = variable;
    const found = this.#numbers.find(({ phone_number: number }) => number === value);
    const server = this.#server.name;
    if (found === undefined) {
      if (await this.#server.isVerifiedCallerId(value)) return;
      this.#find(variable, 'live-number-missing', { variable: name, number: value, server });
      return;
    }
    if (!isAnswered(found) && !(await this.#isBound(found, value))) {
      this.#find(variable, 'live-number-unbound', { variable: name, number: value });
    }
  }

  async #isBound({ sid }: Resource, number: string): Promise<boolean> {
    if (this.#isTutti && (await this.#server.isProxyOfCalls(String(sid)))) return true;
    return this.#server.isConfigured(number);
  }

  #find<Rule extends RuleName>(variable: Variable, rule: Rule, values: RuleValues[Rule]): void {
    this.findings.push({ rule, values, ...whereOf(variable) } as Finding);
  }
}

/** Whether a number itself says who answers. One that takes messages, or no calls, is not meant to be called. */
function isAnswered(number: Resource): boolean {
  const { voice } = (number['capabilities'] ?? {}) as Resource;
  const answering = [
    'voice_url',
    'voice_application_sid',
    'trunk_sid',
    'sms_url',
    'sms_application_sid',
  ];
  return voice === false || answering.some((property) => number[property]);
}

/** Numbers of customers stand in variables too: the name has to say that this one is called from, or Twilio's. */
const isOwnNumber = ({ name, value }: Variable): boolean =>
  isE164(value) && /^(?:TWILIO|TUTTI)_|(?:^|_)(?:FROM|CALLER|PROXY)/i.test(name);
