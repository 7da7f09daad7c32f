import { CommandError } from '../command-error.ts';
import { ask, askFor, type ServerAccess } from '../server-access.ts';
import type { Value, Wanted } from './configuration.ts';
import { settingsOf, type Kind } from './grammar.ts';
import {
  attributesOf,
  isBody,
  markedName,
  markOf,
  withMark,
  withOwn,
  type Body,
  type Mark,
  textOf,
} from './marks.ts';
import {
  isReference,
  NAME_OF_NUMBER,
  RECORD,
  sidOf,
  type Creation,
  type Modification,
  type Removal,
  type Step,
} from './plan.ts';
import { keyOf, labelOf } from './names.ts';

type Form = Record<string, string | readonly string[]>;

/** Does the steps of a plan, one request after the other. What was done stays done when one is refused. */
export class CarryOut {
  /** SIDs by `keyOf`, with those of what was made. */
  readonly sids: Map<string, string>;
  readonly #server: ServerAccess;
  readonly #project: string;

  constructor(server: ServerAccess, project: string, sids: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#project = project;
    this.sids = new Map(sids);
  }

  /** The SID of what a step was about. @throws CommandError as the server refuses it */
  async do(step: Step): Promise<string> {
    if (step.does === 'create') return this.#create(step);
    if (step.does === 'remove') return this.#remove(step);
    return this.#change(step);
  }

  async #create({ wanted, replaces }: Creation): Promise<string> {
    const { kind, name } = wanted;
    const form = this.#form(wanted, [...wanted.settings]);
    const path = this.#collection(kind, wanted.conversation);
    if (kind === 'application' || kind === 'phoneNumber') {
      form['FriendlyName'] = markedName(this.#project, name);
    } else if (kind === 'webhook') {
      form['Target'] = wanted.settings.has('triggers') ? 'trigger' : 'webhook';
      // Recorded before it is made: one that was made when the answer was lost is known again.
      await this.#record(this.#conversationSid(wanted), name, '');
      if (replaces !== undefined) await this.#delete(`${path}/${replaces}`);
    } else {
      if (kind !== 'participant') form['UniqueName'] = name;
      const own = attributesIn(wanted.settings.get('attributes')) ?? {};
      form['Attributes'] = JSON.stringify(withMark(own, this.#project, { made: true }));
    }
    const body = await askFor(this.#server, path + suffixOf(kind), { form });
    const made = textOf(body['sid']);
    const sid = kind === 'application' ? await this.#onlyOne(path, made, form) : made;
    this.sids.set(keyOf(wanted), sid);
    if (kind === 'webhook') await this.#record(this.#conversationSid(wanted), name, sid);
    return sid;
  }

  /**
   * Of applications with one name, which nobody refuses, the oldest: who applies the same file at this moment has made
   * one too, and the later one goes.
   */
  async #onlyOne(path: string, made: string, { FriendlyName: name }: Form): Promise<string> {
    const query = new URLSearchParams({ FriendlyName: textOf(name), PageSize: '1000' });
    const { applications } = await askFor(this.#server, `${path}.json?${query.toString()}`);
    const sids = Array.isArray(applications)
      ? applications.filter(isBody).map((application) => textOf(application['sid']))
      : [];
    // The newest first. Twilio: usage/api/applications
    const oldest = sids.at(-1) ?? made;
    if (oldest !== made) await this.#delete(`${path}/${made}.json`);
    return oldest;
  }

  async #change({ wanted, sid, changes }: Modification): Promise<string> {
    const path = `${this.#collection(wanted.kind, wanted.conversation)}/${sid}`;
    const settings = changes.map(({ setting, to }) => [setting, to] as const);
    const form = this.#form(wanted, settings);
    for (const { setting, to } of changes) {
      if (setting === RECORD) await this.#record(this.#conversationSid(wanted), wanted.name, sid);
      if (setting === NAME_OF_NUMBER) form['FriendlyName'] = textOf(to);
      if (setting === 'state') form['State'] = textOf(to);
      const own = setting === 'attributes' ? attributesIn(to) : undefined;
      if (own !== undefined) {
        const now = attributesOf(await askFor(this.#server, path));
        form['Attributes'] = JSON.stringify(withOwn(now, own));
      }
    }
    if (Object.keys(form).length > 0) {
      await askFor(this.#server, path + suffixOf(wanted.kind), { form });
    }
    return sid;
  }

  async #remove({ kind, sid, conversationSid, record }: Removal): Promise<string> {
    const inside = conversationSid === undefined ? '' : `/v1/Conversations/${conversationSid}`;
    const section = sections[kind];
    const path = inside === '' ? this.#collection(kind, undefined) : `${inside}/${section}`;
    if (sid !== '') await this.#delete(`${path}/${sid}${suffixOf(kind)}`);
    if (record !== undefined && conversationSid !== undefined) {
      await this.#record(conversationSid, record, undefined);
    }
    return sid;
  }

  /** What is gone already is as good as removed. */
  async #delete(path: string): Promise<void> {
    const { status, body } = await ask(this.#server, path, { method: 'DELETE' });
    if (status === 204 || status === 404) return;
    const message = typeof body['message'] === 'string' ? body['message'] : `HTTP ${status}`;
    throw new CommandError(`the server at ${this.#server.url} refused: ${message}`);
  }

  /** Notes in the conversation which webhook is ours; `undefined` forgets it. */
  async #record(conversationSid: string, name: string, sid: string | undefined): Promise<void> {
    const path = `/v1/Conversations/${conversationSid}`;
    // As they are now: what else wrote them since is not undone.
    const body = await askFor(this.#server, path);
    const attributes = attributesOf(body);
    if (attributes === undefined) {
      throw new CommandError(
        `the Attributes of ${conversationSid} are ${textOf(body['attributes'])}; an object is expected, in which apply notes its webhooks. Give the conversation attributes in the file, which replace them.`,
      );
    }
    const { made = false, webhooks = {} } = markOf(body, this.#project) ?? {};
    const { [name]: _, ...others } = webhooks;
    const mark: Mark = { made, webhooks: sid === undefined ? others : { ...others, [name]: sid } };
    const form = { Attributes: JSON.stringify(withMark(attributes, this.#project, mark)) };
    await askFor(this.#server, path, { form });
  }

  /** What a request says of settings; attributes are seen to apart, for marks stand in them. */
  #form({ kind }: Wanted, settings: readonly (readonly [string, Value])[]): Form {
    const form: Form = {};
    const known = new Map(settingsOf(kind));
    for (const [path, value] of settings) {
      const parameter = known.get(path)?.parameter;
      if (parameter === undefined || attributesIn(value) !== undefined) continue;
      if (Array.isArray(value)) form[parameter] = value as readonly string[];
      else if (isReference(value))
        form[parameter] = this.#resolve(sidOf(value, this.sids), value.name);
      else form[parameter] = textOf(value);
    }
    return form;
  }

  #conversationSid({ conversation = '' }: Wanted): string {
    const key = keyOf({ kind: 'conversation', name: conversation, conversation: undefined });
    return this.#resolve(this.sids.get(key), conversation);
  }

  /** What is referred to is made before, or the plan ended there. */
  #resolve(sid: string | undefined, name: string): string {
    if (sid === undefined) throw new CommandError(`${name} has no SID yet.`);
    return sid;
  }

  #collection(kind: Kind, conversation: string | undefined): string {
    if (kind === 'application' || kind === 'phoneNumber') {
      return `/2010-04-01/Accounts/${this.#server.accountSid}/${sections[kind]}`;
    }
    if (kind === 'conversation') return '/v1/Conversations';
    const key = keyOf({ kind: 'conversation', name: conversation ?? '', conversation: undefined });
    const sid = this.#resolve(this.sids.get(key), conversation ?? '');
    return `/v1/Conversations/${sid}/${sections[kind]}`;
  }
}

/** Paths of the API. */
const sections: Readonly<Record<Kind, string>> = {
  application: 'Applications',
  phoneNumber: 'IncomingPhoneNumbers',
  conversation: 'Conversations',
  conductor: 'Conductors',
  participant: 'Participants',
  webhook: 'Webhooks',
};

function suffixOf(kind: Kind): string {
  return kind === 'application' || kind === 'phoneNumber' ? '.json' : '';
}

function attributesIn(value: Value | undefined): Body | undefined {
  return isBody(value) && isBody(value['attributes']) ? value['attributes'] : undefined;
}

/** What a step is about, as people know it. */
export function labelOfStep(step: Step): string {
  return step.does === 'remove' ? step.label : labelOf(step.wanted);
}
