import { inspect } from 'node:util';
import type { InspectOptions } from 'node:util';
import { iso8601DateTime } from 'twilio/lib/base/deserialize.js';
import type { Sid } from '@tutti/ids' with { 'resolution-mode': 'import' };
import twilioParts from '../twilio-parts.cjs';
import { fetchOne, pathPart, placePath, remove, send } from './resource.ts';
import type { WebhookOption, Callback, Place, Version } from './resource.ts';
import type { SidText } from './sid-text.ts';

/** `closed` is for good; `active` while a bound call is connected. */
export type ConductorStatus = 'ready' | 'active' | 'closed';
/** Whether chat, SMS and e-mail messages are spoken into the calls. */
export type ConductorSpeak = 'off' | 'all';
/** Whether what callers key or say becomes messages. */
export type ConductorTranscribe = 'off' | 'dtmf' | 'speech';
/** Whether the bridge is recorded. */
export type ConductorRecord = 'off' | 'on';

/** Options to pass to create a ConductorInstance */
export interface ConductorListInstanceCreateOptions extends WebhookOption {
  /** A name that serves instead of the SID; unique in the service. */
  uniqueName?: string;
  friendlyName?: string;
  /** A JSON object as text. Default: `{}`. */
  attributes?: string;
  /** The voice application whose URLs serve the calls of this Conductor. */
  applicationSid?: SidText<'AP'>;
  /** The number, SIP URI or `client:` identity of ours that its calls show and land on. */
  proxyAddress?: string;
  /** Default: `off`. */
  speak?: ConductorSpeak;
  /** Default: `off`. */
  transcribe?: ConductorTranscribe;
  /** Default: `off`. */
  record?: ConductorRecord;
  /** 1 to 250, which is the default; one more call is refused with 75006. */
  maxCalls?: number;
}

/** Options to pass to update a ConductorInstance */
export type ConductorContextUpdateOptions = ConductorListInstanceCreateOptions;

/** Where a Conductor is. */
export type ConductorSolution = Place;

/** The path of the Conductors of a Conversation, of a service, or of the account. */
export function conductorsPath(solution: ConductorSolution): string {
  return `${placePath(solution)}/Conductors`;
}

interface ConductorResource {
  readonly account_sid: Sid<'AC'>;
  readonly chat_service_sid: Sid<'IS'>;
  readonly conversation_sid: Sid<'CH'>;
  readonly sid: Sid<'CN'>;
  readonly unique_name: string | null;
  readonly friendly_name: string | null;
  readonly attributes: string;
  readonly application_sid: Sid<'AP'> | null;
  readonly proxy_address: string | null;
  readonly status: ConductorStatus;
  readonly speak: ConductorSpeak;
  readonly transcribe: ConductorTranscribe;
  readonly record: ConductorRecord;
  readonly max_calls: number;
  readonly call_sids: Sid<'CA'>[];
  readonly date_created: string;
  readonly date_updated: string;
  readonly url: string;
  readonly links: Record<string, string>;
}

/** What is done with one Conductor by its SID or unique name. */
export class ConductorContext {
  readonly #version: Version;
  readonly #solution: ConductorSolution & { readonly sid: string };
  readonly #uri: string;

  /** @throws {Error} if a SID cannot be a part of a path */
  constructor(version: Version, solution: ConductorSolution, sid: string) {
    this.#version = version;
    this.#uri = `${conductorsPath(solution)}/${pathPart('sid', sid)}`;
    this.#solution = { ...solution, sid };
  }

  readonly #make = (payload: ConductorResource): ConductorInstance =>
    new ConductorInstance(this.#version, payload, this.#solution);

  /** Fetch a ConductorInstance */
  fetch(callback?: Callback<ConductorInstance>): Promise<ConductorInstance> {
    return fetchOne(this.#version, { uri: this.#uri, callback, make: this.#make });
  }

  /** Update a ConductorInstance */
  update(callback?: Callback<ConductorInstance>): Promise<ConductorInstance>;
  update(
    params: ConductorContextUpdateOptions,
    callback?: Callback<ConductorInstance>,
  ): Promise<ConductorInstance>;
  update(
    params?: ConductorContextUpdateOptions | Callback<ConductorInstance>,
    callback?: Callback<ConductorInstance>,
  ): Promise<ConductorInstance> {
    if (typeof params === 'function') return this.update({}, params);
    return send(this.#version, 'update', { uri: this.#uri, params, callback, make: this.#make });
  }

  /** Close and remove the Conductor; refused with 75006 while it has live calls. */
  remove(callback?: Callback<boolean>): Promise<boolean> {
    return remove(this.#version, this.#uri, callback);
  }

  toJSON(): object {
    return this.#solution;
  }

  [inspect.custom](_depth: unknown, options: InspectOptions): string {
    return inspect(this.toJSON(), options);
  }
}

/** The bridge between voice and exactly one Conversation. */
export class ConductorInstance {
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  readonly sid: Sid<'CN'>;
  readonly uniqueName: string | null;
  readonly friendlyName: string | null;
  readonly attributes: string;
  readonly applicationSid: Sid<'AP'> | null;
  readonly proxyAddress: string | null;
  readonly status: ConductorStatus;
  readonly speak: ConductorSpeak;
  readonly transcribe: ConductorTranscribe;
  readonly record: ConductorRecord;
  readonly maxCalls: number;
  /** The live calls that are bound to it. */
  readonly callSids: Sid<'CA'>[];
  readonly dateCreated: Date;
  readonly dateUpdated: Date;
  readonly url: string;
  readonly links: Record<string, string>;
  readonly #context: () => ConductorContext;

  constructor(version: Version, payload: ConductorResource, solution: ConductorSolution) {
    this.accountSid = payload.account_sid;
    this.chatServiceSid = payload.chat_service_sid;
    this.conversationSid = payload.conversation_sid;
    this.sid = payload.sid;
    this.uniqueName = payload.unique_name;
    this.friendlyName = payload.friendly_name;
    this.attributes = payload.attributes;
    this.applicationSid = payload.application_sid;
    this.proxyAddress = payload.proxy_address;
    this.status = payload.status;
    this.speak = payload.speak;
    this.transcribe = payload.transcribe;
    this.record = payload.record;
    this.maxCalls = payload.max_calls;
    this.callSids = payload.call_sids;
    this.dateCreated = iso8601DateTime(payload.date_created) as Date;
    this.dateUpdated = iso8601DateTime(payload.date_updated) as Date;
    this.url = payload.url;
    this.links = payload.links;
    // One that was looked up without its Conversation is changed in it all the same.
    const { chatServiceSid } = solution;
    const conversationSid = payload.conversation_sid;
    const place = chatServiceSid ? { chatServiceSid, conversationSid } : { conversationSid };
    this.#context = () => new ConductorContext(version, place, this.sid);
  }

  /** Fetch a ConductorInstance */
  fetch(callback?: Callback<ConductorInstance>): Promise<ConductorInstance> {
    return this.#context().fetch(callback);
  }

  /** Update a ConductorInstance */
  update(
    params: ConductorContextUpdateOptions = {},
    callback?: Callback<ConductorInstance>,
  ): Promise<ConductorInstance> {
    return this.#context().update(params, callback);
  }

  /** Close and remove the Conductor; refused with 75006 while it has live calls. */
  remove(callback?: Callback<boolean>): Promise<boolean> {
    return this.#context().remove(callback);
  }

  /** Provide a user-friendly representation */
  toJSON(): object {
    return Object.fromEntries(Object.entries(this));
  }

  [inspect.custom](_depth: unknown, options: InspectOptions): string {
    return inspect(this.toJSON(), options);
  }
}

/** A page of Conductors. */
export class ConductorPage extends twilioParts.Page<
  Version,
  twilioParts.PagePayload,
  ConductorResource,
  ConductorInstance
> {
  override getInstance(payload: ConductorResource): ConductorInstance {
    return new ConductorInstance(this._version, payload, this._solution);
  }
}
