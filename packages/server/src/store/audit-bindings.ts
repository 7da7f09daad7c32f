import type { Sid } from '@tutti/ids';
import type { Application } from '../model/application.ts';
import type { Conductor } from '../model/conductor.ts';
import type { OutgoingCallerId } from '../model/outgoing-caller-id.ts';
import type { Participant } from '../model/participant.ts';
import type { PhoneNumber } from '../model/phone-number.ts';
import type { ScopedWebhook, WebhookConfiguration } from '../model/webhook.ts';
import type { Db } from './open-store.ts';

/** Everything of an account that is bound to something, as far as `limit` rows of each kind go; the newest first to stay. */
export interface Bindings {
  readonly applications: readonly Application[];
  readonly numbers: readonly PhoneNumber[];
  /** Numbers that calls may show, though they are not the account's. */
  readonly callerIds: readonly Pick<OutgoingCallerId, 'phoneNumber'>[];
  readonly conductors: readonly Conductor[];
  readonly participants: readonly Participant[];
  readonly closedConductors: readonly Conductor[];
  readonly scopedWebhooks: readonly ScopedWebhook[];
  readonly configurations: readonly WebhookConfiguration[];
  /** Whether there was no more than `limit` of anything. */
  readonly complete: boolean;
}

/** What is closed, or in a closed conversation, is bound to nothing any more. */
export async function readBindings(
  db: Db,
  accountSid: Sid<'AC'>,
  limit: number,
): Promise<Bindings> {
  const applications = await db
    .selectFrom('applications')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  const numbers = await db
    .selectFrom('phoneNumbers')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  const callerIds = await db
    .selectFrom('outgoingCallerIds')
    .select('phoneNumber')
    .where('accountSid', '=', accountSid)
    .limit(limit)
    .execute();
  const conductors = await db
    .selectFrom('conductors')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .where('status', '!=', 'closed')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  const participants = await db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversationSid')
    .selectAll('participants')
    .where('participants.accountSid', '=', accountSid)
    .where('participants.voiceType', 'is not', null)
    .where('conversations.state', '!=', 'closed')
    .orderBy('participants.seq', 'desc')
    .limit(limit)
    .execute();
  const scopedWebhooks = await db
    .selectFrom('scopedWebhooks')
    .innerJoin('conversations', 'conversations.sid', 'scopedWebhooks.conversationSid')
    .selectAll('scopedWebhooks')
    .where('scopedWebhooks.accountSid', '=', accountSid)
    .where('conversations.state', '!=', 'closed')
    .orderBy('scopedWebhooks.seq', 'desc')
    .limit(limit)
    .execute();
  const configurations = await db
    .selectFrom('webhookConfigurations')
    .selectAll()
    .where('accountSid', '=', accountSid)
    .orderBy('seq')
    .execute();
  const closedConductors = await db
    .selectFrom('conductors')
    .selectAll()
    .where('status', '=', 'closed')
    .where('accountSid', '=', accountSid)
    .where('sid', 'in', (of) =>
      of
        .selectFrom('participants')
        .select('conductorSid')
        .$narrowType<{ conductorSid: Sid<'CN'> }>()
        .where('accountSid', '=', accountSid)
        .where('conductorSid', 'is not', null),
    )
    .limit(limit)
    .execute();
  const lists = [applications, numbers, conductors, participants, scopedWebhooks];
  return {
    applications: applications.toReversed(),
    numbers: numbers.toReversed(),
    callerIds,
    conductors: conductors.toReversed(),
    participants: participants.toReversed(),
    closedConductors,
    scopedWebhooks: scopedWebhooks.toReversed(),
    configurations,
    complete: lists.every((list) => list.length < limit),
  };
}
