import { inspect } from 'node:util';
import type { InspectOptions } from 'node:util';
import { iso8601DateTime } from 'twilio/lib/base/deserialize.js';
import type { Sid } from '@tutti/ids' with { 'resolution-mode': 'import' };
import passThrough from '../preload/pass-through.cjs';
import twilioParts from '../twilio-parts.cjs';
import { addReading, placePath } from './resource.ts';
import type { Readable, Version } from './resource.ts';

/** How to list a timeline. */
export interface TimelineFilters {
  /** Oldest first, which is the default, or newest first. */
  order?: 'asc' | 'desc';
}

/** The Conversation of a timeline. */
interface TimelineSolution {
  readonly chatServiceSid?: string;
  readonly conversationSid: string;
}

interface TimelineEntryResource {
  readonly account_sid: Sid<'AC'>;
  readonly conversation_sid: Sid<'CH'>;
  readonly kind: string;
  readonly event: string;
  readonly resource_sid: Sid | null;
  readonly data: unknown;
  readonly date_created: string;
}

/** One thing that happened in a Conversation. */
export class TimelineEntryInstance {
  readonly accountSid: Sid<'AC'>;
  readonly conversationSid: Sid<'CH'>;
  /** What it happened to: `message`, `call`, `participant`, … */
  readonly kind: string;
  /** What of it: a call's status, `added`, `updated`, `removed`, … */
  readonly event: string;
  readonly resourceSid: Sid | null;
  /** What there is to tell about it; its fields depend on the kind. */
  readonly data: unknown;
  readonly dateCreated: Date;

  constructor(payload: TimelineEntryResource) {
    this.accountSid = payload.account_sid;
    this.conversationSid = payload.conversation_sid;
    this.kind = payload.kind;
    this.event = payload.event;
    this.resourceSid = payload.resource_sid;
    this.data = payload.data;
    this.dateCreated = iso8601DateTime(payload.date_created) as Date;
    passThrough.addFields(this, payload);
  }

  /** Provide a user-friendly representation */
  toJSON(): object {
    return Object.fromEntries(Object.entries(this));
  }

  [inspect.custom](_depth: unknown, options: InspectOptions): string {
    return inspect(this.toJSON(), options);
  }
}

/** A page of a timeline. */
class TimelinePage extends twilioParts.Page<
  Version,
  twilioParts.PagePayload,
  TimelineEntryResource,
  TimelineEntryInstance
> {
  override getInstance(payload: TimelineEntryResource): TimelineEntryInstance {
    return new TimelineEntryInstance(payload);
  }
}

/** What happened in a Conversation, on every channel, in order. */
export type TimelineListInstance = Readable<TimelineFilters, TimelineEntryInstance, TimelinePage>;

/** The list object of a Conversation's timeline. */
export function TimelineListInstance(
  version: Version,
  solution: TimelineSolution,
): TimelineListInstance {
  return addReading({}, version, {
    uri: `${placePath(solution)}/Timeline`,
    solution,
    make: (answer) => new TimelinePage(version, answer, solution),
  });
}
