import { isSid, explainSid } from '@tutti/ids';
import { SpeechError, type RecognitionEngine } from '@tutti/media';
import { conductorNotFound } from '../../actions/find-conductor.ts';
import { openConductor, defaultConductorSettings } from '../../actions/open-conductor.ts';
import { removeConductor } from '../../actions/remove-conductor.ts';
import { changeConductor } from '../../actions/update-conductor.ts';
import { refusal } from '../../base/app-error.ts';
import { SPOKEN_LANGUAGE, type Conductor } from '../../model/conductor.ts';
import { listLiveCallSids } from '../../store/calls.ts';
import {
  findConductor,
  findConductorByUniqueName,
  listConductors,
  type ConductorFilter,
} from '../../store/conductors.ts';
import type { Db } from '../../store/open-store.ts';
import type { ApiRequest } from '../api-request.ts';
import { applicationSid, integer, json, oneOf, proxyAddress, sid, text } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { sidRefusal } from '../../model/sid-parameter.ts';
import { conversationOf, scoped, scopeUrl, serviceOf, type ScopedRequest } from './scope.ts';

const ATTRIBUTES_MAX_BYTES = 16 * 1024;
const NAME_MAX = 256;
const CALLS_MAX = 250;
const PAGE_MAX = 100;

const uniqueName: Field<string> = {
  read: (values, name) => {
    const value = text(NAME_MAX, 'uniqueNameTooLong').read(values, name);
    if (isSid(value)) {
      throw refusal('invalidParameter', {
        name,
        problem: `${value} looks like a SID, and a Conductor is found by either. Choose another name.`,
      });
    }
    return value;
  },
};

const fields = {
  UniqueName: uniqueName,
  FriendlyName: text(NAME_MAX),
  Attributes: json(ATTRIBUTES_MAX_BYTES),
  ApplicationSid: applicationSid,
  ProxyAddress: proxyAddress,
  Speak: oneOf(['off', 'all']),
  Transcribe: oneOf(['off', 'dtmf', 'speech']),
  Record: oneOf(['off', 'on']),
  MaxCalls: integer(1, CALLS_MAX),
};
const parameters = form(fields);
const filterFields = {
  ApplicationSid: applicationSid,
  ConversationSid: sid('CH'),
  ProxyAddress: text(),
  Status: oneOf(['ready', 'active', 'closed']),
  CallSid: sid('CA'),
};
const filters = form(filterFields);

export function conductorRoutes(routes: Routes, recognition: RecognitionEngine): void {
  const { context } = routes;
  const { db } = context;
  const collection = scoped('/Conversations/:ConversationSid/Conductors');
  const item = scoped('/Conversations/:ConversationSid/Conductors/:Sid');

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      await requireHearing(recognition, request.values.Transcribe);
      const conductor = await openConductor(
        context,
        { accountSid: conversation.accountSid, conversationSid: conversation.sid },
        { ...defaultConductorSettings, ...settings(request.values) },
        request.origin,
      );
      return (await renderConductors(db, [conductor], request))[0];
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const conversation = await conversationOf(db, request, request.path['ConversationSid'] ?? '');
      return answerList(db, request, {
        ...filterOf(request.values),
        conversationSid: conversation.sid,
      });
    },
  });

  operation(routes, {
    method: 'GET',
    path: scoped('/Conductors'),
    parameters: filters,
    handle: async (request) => {
      const inService = request.path['ChatServiceSid'] !== undefined;
      return answerList(db, request, {
        ...filterOf(request.values),
        chatServiceSid: inService ? await serviceOf(db, request) : undefined,
      });
    },
  });

  operation(routes, {
    method: 'GET',
    path: [...item, ...scoped('/Conductors/:Sid')],
    handle: async (request) =>
      (await renderConductors(db, [await conductorOf(db, request)], request))[0],
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters,
    handle: async (request) => {
      const conductor = await conductorOf(db, request);
      if (request.isEmpty) throw refusal('emptyUpdate', { known: parameters.names.join(', ') });
      await requireHearing(recognition, request.values.Transcribe);
      const change = settings(request.values);
      const changed = await changeConductor(context, conductor, change, request.origin);
      return (await renderConductors(db, [changed], request))[0];
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeConductor(context, await conductorOf(db, request), request.origin);
    },
  });
}

/** @throws RequestError speechEngineMissing when speech is to be transcribed and cannot be. */
async function requireHearing(
  recognition: RecognitionEngine,
  transcribe: Conductor['transcribe'] | undefined,
): Promise<void> {
  if (transcribe !== 'speech') return;
  try {
    await recognition.check(SPOKEN_LANGUAGE);
  } catch (cause) {
    if (!(cause instanceof SpeechError)) throw cause;
    const problem = `Transcribe=speech needs a speech recognition engine: ${cause.message}. Or use Transcribe=dtmf or off.`;
    throw refusal('speechEngineMissing', { problem }, { cause });
  }
}

async function answerList(
  db: Db,
  request: ApiRequest<typeof filterFields>,
  filter: ConductorFilter,
): Promise<Json> {
  const wanted = request.page(PAGE_MAX);
  const page = await listConductors(db, request.caller.account.sid, filter, wanted);
  const items = await renderConductors(db, page.items, request);
  return productPage('conductors', items, request, wanted, page);
}

/** The Conductor of the path, by SID or unique name, in its conversation when the path names one. */
async function conductorOf(db: Db, request: ScopedRequest): Promise<Conductor> {
  const key = request.path['Sid'] ?? '';
  const conversationKey = request.path['ConversationSid'];
  const conversation =
    conversationKey === undefined ? undefined : await conversationOf(db, request, conversationKey);
  const service = conversation?.chatServiceSid ?? (await serviceOf(db, request));
  const conductor = isSid(key, 'CN')
    ? await findConductor(db, request.caller.account.sid, key)
    : await findConductorByUniqueName(db, service, key);
  const elsewhere =
    request.path['ChatServiceSid'] !== undefined && conductor?.chatServiceSid !== service;
  if (conductor === undefined || elsewhere) {
    // A name that is no SID at all is a unique name that nobody has.
    const kind = explainSid(key).kind;
    if (kind !== 'not-a-sid' && !(kind === 'sid' && isSid(key, 'CN'))) {
      throw sidRefusal(key, 'Sid of the path', ['CN']);
    }
    throw await conductorNotFound(db, key, 'Sid of the path', conversation?.sid, 404);
  }
  if (conversation !== undefined && conductor.conversationSid !== conversation.sid) {
    throw refusal(
      'conductorOfOtherConversation',
      {
        given: key,
        actual: conductor.conversationSid,
        wanted: conversation.sid,
        hint: `Its path is /v1/Conversations/${conductor.conversationSid}/Conductors/${conductor.sid}`,
      },
      { resourceSid: conductor.sid },
    );
  }
  if (key !== conductor.sid) request.named?.(key, conductor.sid);
  return conductor;
}

function settings(values: FormValues<typeof fields>) {
  return given({
    uniqueName: nullable(values.UniqueName),
    friendlyName: nullable(values.FriendlyName),
    attributes: values.Attributes,
    applicationSid: values.ApplicationSid,
    proxyAddress: nullable(values.ProxyAddress),
    speak: values.Speak,
    transcribe: values.Transcribe,
    record: values.Record,
    maxCalls: values.MaxCalls,
  });
}

function filterOf(values: FormValues<typeof filterFields>): ConductorFilter {
  return {
    applicationSid: values.ApplicationSid ?? undefined,
    conversationSid: values.ConversationSid,
    proxyAddress: values.ProxyAddress,
    status: values.Status,
    callSid: values.CallSid,
  };
}

/** Renders Conductors together with the calls that are live on them. */
async function renderConductors(
  db: Db,
  conductors: readonly Omit<Conductor, 'seq'>[],
  request: ScopedRequest,
): Promise<Json[]> {
  const calls = await listLiveCallSids(
    db,
    conductors.map((conductor) => conductor.sid),
  );
  return conductors.map((conductor) => {
    const conversation = `${scopeUrl(request)}/Conversations/${conductor.conversationSid}`;
    return {
      sid: conductor.sid,
      account_sid: conductor.accountSid,
      chat_service_sid: conductor.chatServiceSid,
      conversation_sid: conductor.conversationSid,
      unique_name: conductor.uniqueName,
      friendly_name: conductor.friendlyName,
      attributes: conductor.attributes,
      application_sid: conductor.applicationSid,
      proxy_address: conductor.proxyAddress,
      status: conductor.status,
      speak: conductor.speak,
      transcribe: conductor.transcribe,
      record: conductor.record,
      max_calls: conductor.maxCalls,
      call_sids: calls
        .filter((call) => call.conductorSid === conductor.sid)
        .map((call) => call.sid),
      date_created: isoDate(conductor.dateCreated),
      date_updated: isoDate(conductor.dateUpdated),
      url: `${conversation}/Conductors/${conductor.sid}`,
      links: { conversation, participants: `${conversation}/Participants` },
    };
  });
}
