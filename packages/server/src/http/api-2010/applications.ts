import { createApplication, type ApplicationSettings } from '../../actions/create-application.ts';
import { removeApplication } from '../../actions/delete-application.ts';
import { changeApplication } from '../../actions/update-application.ts';
import type { Application } from '../../model/application.ts';
import { defaultVoiceUrls } from '../../model/voice-urls.ts';
import { findApplication, listApplications } from '../../store/applications.ts';
import type { Db } from '../../store/open-store.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { boolean, text, url } from '../fields.ts';
import { form, type FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import {
  apiVersion,
  bit,
  friendlyName,
  renderVoiceUrls,
  voiceUrlFields,
  voiceUrlsOf,
} from './fields.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const fields = {
  ...voiceUrlFields,
  FriendlyName: friendlyName,
  ApiVersion: apiVersion,
  MessageStatusCallback: url('invalidUrl2010'),
  // The older name of MessageStatusCallback.
  SmsStatusCallback: url('invalidUrl2010'),
  PublicApplicationConnectEnabled: boolean,
};
const parameters = form(fields);
const filters = form({ FriendlyName: text() });

const defaults: ApplicationSettings = {
  ...defaultVoiceUrls,
  friendlyName: null,
  messageStatusCallback: null,
  publicApplicationConnectEnabled: 0,
};

/** Twilio: usage/api/applications */
export function applicationRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Applications';
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      const settings = { ...defaults, ...settingsOf(values) };
      return renderApplication(
        await createApplication(context, caller.account.sid, settings, origin),
      );
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listApplications(
        db,
        request.caller.account.sid,
        { friendlyName: request.values.FriendlyName },
        wanted,
      );
      const items = page.items.map(renderApplication);
      return page2010('applications', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderApplication(await applicationOf(db, request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters,
    handle: async (request) => {
      const application = await applicationOf(db, request);
      const change = settingsOf(request.values);
      return renderApplication(
        await changeApplication(context, application, change, request.origin),
      );
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeApplication(context, await applicationOf(db, request), request.origin);
    },
  });
}

async function applicationOf(db: Db, request: ScopedRequest): Promise<Application> {
  const key = request.path['Sid'] ?? '';
  return found(await findApplication(db, request.caller.account.sid, key), request, key, 'AP');
}

function settingsOf(values: FormValues<typeof fields>): Partial<ApplicationSettings> {
  return {
    ...voiceUrlsOf(values),
    ...given({
      friendlyName: nullable(values.FriendlyName),
      messageStatusCallback: nullable(values.MessageStatusCallback ?? values.SmsStatusCallback),
      publicApplicationConnectEnabled: bit(values.PublicApplicationConnectEnabled),
    }),
  };
}

function renderApplication(application: Omit<Application, 'seq'>): Json {
  return {
    sid: application.sid,
    account_sid: application.accountSid,
    api_version: API_VERSION,
    friendly_name: application.friendlyName,
    ...renderVoiceUrls(application),
    message_status_callback: application.messageStatusCallback,
    sms_status_callback: application.messageStatusCallback,
    public_application_connect_enabled: application.publicApplicationConnectEnabled === 1,
    date_created: rfc2822Date(application.dateCreated),
    date_updated: rfc2822Date(application.dateUpdated),
    uri: uri2010(application.accountSid, `Applications/${application.sid}`),
  };
}
