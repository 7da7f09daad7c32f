import type { Sid } from '@tutti/ids';
import type { Service } from '../model/service.ts';
import type { New } from '../store/schema.ts';
import { insertService } from '../store/services.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

export async function createService(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  friendlyName: string,
  origin: Origin,
): Promise<New<Service>> {
  return context.transact((tx) => insertNewService(tx, context, accountSid, friendlyName, origin));
}

/** A service with the roles that every new service gets. Twilio: conversations/api/service-resource */
export async function insertNewService(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  accountSid: Sid<'AC'>,
  friendlyName: string,
  origin: Origin,
): Promise<New<Service>> {
  const now = clock.now();
  const service = {
    sid: ids.sid('IS'),
    accountSid,
    friendlyName,
    defaultConversationCreatorRoleSid: ids.sid('RL'),
    defaultConversationRoleSid: ids.sid('RL'),
    defaultChatServiceRoleSid: ids.sid('RL'),
    dateCreated: now,
    dateUpdated: now,
  };
  await insertService(tx, service);
  await recordEvent(tx, { ids, clock }, origin, {
    type: 'service',
    accountSid,
    resourceSid: service.sid,
    current: service,
  });
  return service;
}
