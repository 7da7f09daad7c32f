import {
  ConversationContextImpl,
  ConversationInstance,
} from 'twilio/lib/rest/conversations/v1/conversation.js';
import {
  ParticipantContextImpl,
  ParticipantInstance,
} from 'twilio/lib/rest/conversations/v1/conversation/participant.js';
import { ServiceContextImpl } from 'twilio/lib/rest/conversations/v1/service.js';
import {
  ConversationContextImpl as ServiceConversationContextImpl,
  ConversationInstance as ServiceConversationInstance,
} from 'twilio/lib/rest/conversations/v1/service/conversation.js';
import {
  ParticipantContextImpl as ServiceParticipantContextImpl,
  ParticipantInstance as ServiceParticipantInstance,
} from 'twilio/lib/rest/conversations/v1/service/conversation/participant.js';
import twilioParts from '../twilio-parts.cjs';
import { ConductorListInstance, ConductorLookupListInstance } from './conductor-list.ts';
import { ParticipantCallListInstance } from './participant-call.ts';
import type { Version } from './resource.ts';
import { TimelineListInstance } from './timeline.ts';

/** A class of twilio, of which only the prototype counts here. */
interface TwilioClass {
  readonly prototype: object;
}

/** The path parts that a generated context keeps to itself. */
type Solution = Readonly<Record<'sid' | 'conversationSid' | 'chatServiceSid', string>>;

function partsOf(context: object): { version: Version; solution: Solution } {
  return {
    version: Reflect.get(context, '_version') as Version,
    solution: Reflect.get(context, '_solution') as Solution,
  };
}

/** Adds a getter that makes its value once for each object, as twilio's own do. */
function addGetter(owner: TwilioClass, name: string, make: (self: object) => object): void {
  const made = new WeakMap<object, object>();
  Object.defineProperty(owner.prototype, name, {
    configurable: true,
    get(this: object) {
      const value = made.get(this) ?? make(this);
      made.set(this, value);
      return value;
    },
  });
}

/** Adds to a class of instances a method that gives a part of the instance's context. */
function addMethod(owner: TwilioClass, name: string): void {
  Object.defineProperty(owner.prototype, name, {
    configurable: true,
    writable: true,
    value(this: object): unknown {
      return Reflect.get(Reflect.get(this, '_proxy') as object, name);
    },
  });
}

/** Gives twilio's classes of the Conversations API what Tutti has besides. */
export function extendTwilio(): void {
  addGetter(twilioParts.V1, 'conductors', (version) =>
    ConductorLookupListInstance(version as Version, {}),
  );
  addGetter(ServiceContextImpl, 'conductors', (context) => {
    const { version, solution } = partsOf(context);
    return ConductorLookupListInstance(version, { chatServiceSid: solution.sid });
  });
  for (const owner of [ConversationContextImpl, ServiceConversationContextImpl]) {
    addGetter(owner, 'conductors', (context) => {
      const { version, solution } = partsOf(context);
      return ConductorListInstance(version, inConversation(solution));
    });
    addGetter(owner, 'timeline', (context) => {
      const { version, solution } = partsOf(context);
      return TimelineListInstance(version, inConversation(solution));
    });
  }
  for (const owner of [ParticipantContextImpl, ServiceParticipantContextImpl]) {
    addGetter(owner, 'calls', (context) => {
      const { version, solution } = partsOf(context);
      const { conversationSid: sid, ...rest } = solution;
      const place = inConversation({ ...rest, conversationSid: sid, sid });
      return ParticipantCallListInstance(version, { ...place, participantSid: solution.sid });
    });
  }
  for (const owner of [ConversationInstance, ServiceConversationInstance]) {
    addMethod(owner, 'conductors');
    addMethod(owner, 'timeline');
  }
  for (const owner of [ParticipantInstance, ServiceParticipantInstance]) addMethod(owner, 'calls');
}

function inConversation({ chatServiceSid, sid }: Partial<Solution> & { sid: string }): {
  chatServiceSid?: string;
  conversationSid: string;
} {
  return chatServiceSid === undefined
    ? { conversationSid: sid }
    : { chatServiceSid, conversationSid: sid };
}
