import { removeOutgoingCallerId } from '../../actions/delete-outgoing-caller-id.ts';
import { requestValidation } from '../../actions/request-validation.ts';
import { changeOutgoingCallerId } from '../../actions/update-outgoing-caller-id.ts';
import { refusal } from '../../base/app-error.ts';
import type { OutgoingCallerId } from '../../model/outgoing-caller-id.ts';
import { findOutgoingCallerId, listOutgoingCallerIds } from '../../store/outgoing-caller-ids.ts';
import type { Db } from '../../store/open-store.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { filter, integer, method, url } from '../fields.ts';
import { form } from '../form.ts';
import { orNull } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { dialFields } from './call-fields.ts';
import { friendlyName, phoneNumber } from './fields.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
const DELAY_MAX_SEC = 60;

/** Twilio: voice/api/outgoing-caller-ids#add-an-outgoing-caller-id */
const create = form({
  PhoneNumber: phoneNumber,
  FriendlyName: friendlyName,
  CallDelay: integer(0, DELAY_MAX_SEC),
  Extension: dialFields.SendDigits,
  StatusCallback: url('invalidUrl'),
  StatusCallbackMethod: method('invalidMethod'),
});
const update = form({ FriendlyName: friendlyName });
const filters = form({ PhoneNumber: filter, FriendlyName: filter });

/** Numbers an account may show because their owners let it. Twilio: voice/api/outgoing-caller-ids */
export function outgoingCallerIdRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/OutgoingCallerIds';
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async ({ caller, values }) => {
      if (values.PhoneNumber === undefined) {
        throw refusal('missingParameter', { name: 'PhoneNumber' });
      }
      const { call, validation } = await requestValidation(context, caller.account.sid, {
        phoneNumber: values.PhoneNumber,
        friendlyName: orNull(values.FriendlyName),
        delaySec: values.CallDelay ?? 0,
        extension: orNull(values.Extension),
        statusCallback: orNull(values.StatusCallback),
        statusCallbackMethod: values.StatusCallbackMethod ?? 'POST',
      });
      return {
        account_sid: call.accountSid,
        call_sid: call.sid,
        friendly_name: validation.friendlyName,
        phone_number: call.to,
        validation_code: validation.code,
      };
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const { PhoneNumber, FriendlyName } = request.values;
      const wanted = request.page(PAGE_MAX);
      const page = await listOutgoingCallerIds(
        db,
        request.caller.account.sid,
        { phoneNumber: PhoneNumber, friendlyName: FriendlyName },
        wanted,
      );
      return page2010('outgoing_caller_ids', page.items.map(render), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => render(await callerIdOf(db, request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const callerId = await callerIdOf(db, request);
      const { FriendlyName } = request.values;
      if (FriendlyName === undefined) return render(callerId);
      const name = orNull(FriendlyName);
      return render(await changeOutgoingCallerId(context, callerId, name, request.origin));
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeOutgoingCallerId(context, await callerIdOf(db, request), request.origin);
    },
  });
}

async function callerIdOf(db: Db, request: ScopedRequest): Promise<OutgoingCallerId> {
  const key = request.path['Sid'] ?? '';
  const callerId = await findOutgoingCallerId(db, request.caller.account.sid, key);
  return found(callerId, request, key, 'PN');
}

/** Twilio: voice/api/outgoing-caller-ids#outgoingcallerid-properties */
function render(callerId: OutgoingCallerId): Json {
  return {
    sid: callerId.sid,
    account_sid: callerId.accountSid,
    friendly_name: callerId.friendlyName,
    phone_number: callerId.phoneNumber,
    date_created: rfc2822Date(callerId.dateCreated),
    date_updated: rfc2822Date(callerId.dateUpdated),
    uri: uri2010(callerId.accountSid, `OutgoingCallerIds/${callerId.sid}`),
  };
}
