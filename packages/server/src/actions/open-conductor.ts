import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conductor } from '../model/conductor.ts';
import type { Conversation } from '../model/conversation.ts';
import { findConductorByUniqueName, insertConductor } from '../store/conductors.ts';
import type { New } from '../store/schema.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import type { Tx } from '../store/transact.ts';
import { announce } from './announce.ts';
import { conductorParameters } from './conductor-parameters.ts';
import type { ActionContext, Origin } from './context.ts';
import { findOpenConversation } from './find-open-conversation.ts';
import { recordEvent } from './record-event.ts';
import { requireApplication } from './require-application.ts';

export interface ConductorSettings {
  readonly uniqueName: string | null;
  readonly friendlyName: string | null;
  readonly attributes: string;
  readonly applicationSid: Sid<'AP'> | null;
  readonly proxyAddress: string | null;
  readonly speak: Conductor['speak'];
  readonly transcribe: Conductor['transcribe'];
  readonly record: Conductor['record'];
  readonly maxCalls: number;
}

export const defaultConductorSettings: ConductorSettings = {
  uniqueName: null,
  friendlyName: null,
  attributes: '{}',
  applicationSid: null,
  proxyAddress: null,
  speak: 'off',
  transcribe: 'off',
  record: 'off',
  maxCalls: 250,
};

/** @throws RequestError conversationClosed, conductorNameTaken, invalidApplicationSid */
export async function openConductor(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  settings: ConductorSettings,
  origin: Origin,
): Promise<New<Conductor>> {
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    return insertNewConductor(tx, context, conversation, settings, origin);
  });
}

/** As `openConductor`, inside a transaction under way. */
export async function insertNewConductor(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  conversation: Conversation,
  settings: ConductorSettings,
  origin: Origin,
): Promise<New<Conductor>> {
  await checkSettings(tx, conversation, undefined, settings);
  const now = context.clock.now();
  const conductor: New<Conductor> = {
    ...settings,
    sid: context.ids.sid('CN'),
    accountSid: conversation.accountSid,
    chatServiceSid: conversation.chatServiceSid,
    conversationSid: conversation.sid,
    status: 'ready',
    dateCreated: now,
    dateUpdated: now,
  };
  await insertConductor(tx, conductor);
  await recordEvent(tx, context, origin, {
    type: 'conductor',
    accountSid: conductor.accountSid,
    resourceSid: conductor.sid,
    current: conductor,
  });
  const parameters = conductorParameters(conductor);
  await insertTimelineEntry(tx, {
    accountSid: conversation.accountSid,
    conversationSid: conversation.sid,
    kind: 'conductor',
    event: 'added',
    resourceSid: conductor.sid,
    data: JSON.stringify({
      application_sid: conductor.applicationSid,
      proxy_address: conductor.proxyAddress,
    }),
    dateCreated: now,
  });
  await announce(tx, context, conversation, 'onConductorAdded', origin, conductor.sid, parameters);
  return conductor;
}

/** What only the database can say of settings: the name is free, the application exists. */
export async function checkSettings(
  tx: Tx,
  owner: Pick<Conversation, 'accountSid' | 'chatServiceSid'>,
  self: Sid<'CN'> | undefined,
  { uniqueName, applicationSid }: Pick<ConductorSettings, 'uniqueName' | 'applicationSid'>,
): Promise<void> {
  if (uniqueName !== null) {
    const other = await findConductorByUniqueName(tx, owner.chatServiceSid, uniqueName);
    if (other !== undefined && other.sid !== self) {
      throw refusal('conductorNameTaken', { given: uniqueName, sid: other.sid });
    }
  }
  if (applicationSid !== null) await requireApplication(tx, owner.accountSid, applicationSid);
}
