import { configureWebhooks } from '../../actions/configure-webhooks.ts';
import { refusal } from '../../base/app-error.ts';
import type { WebhookConfiguration } from '../../model/webhook.ts';
import { findWebhookConfiguration } from '../../store/webhooks.ts';
import { method, oneOf, url } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import type { Json } from '../render.ts';
import { scopeUrl, serviceOf, type ScopedRequest } from './scope.ts';
import { configurationFilters } from './webhook-fields.ts';

const target: Field<'webhook'> = {
  read: (values, name) => {
    if (oneOf(['webhook', 'flex']).read(values, name) === 'webhook') return 'webhook';
    throw refusal('notCarried', {
      name,
      given: 'flex',
      problem: 'It needs Twilio Flex. Use Target=webhook.',
    });
  },
};

const fields = {
  Method: method('invalidWebhookMethod'),
  Filters: configurationFilters,
  PreWebhookUrl: url('invalidPreWebhookUrl'),
  PostWebhookUrl: url('invalidPostWebhookUrl'),
};
const ofService = form(fields);
const ofAccount = form({ ...fields, Target: target });

/** Twilio: conversations/api/webhook-configuration-resource */
export function webhookConfigurationRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;

  const accountPath = '/v1/Configuration/Webhooks';
  operation(routes, {
    method: 'GET',
    path: accountPath,
    handle: async (request) =>
      renderOfAccount(await findWebhookConfiguration(db, request.caller.account.sid), request),
  });
  operation(routes, {
    method: 'POST',
    path: accountPath,
    parameters: ofAccount,
    handle: async (request) => {
      if (request.isEmpty) throw refusal('emptyUpdate', { known: ofAccount.names.join(', ') });
      const { sid } = request.caller.account;
      const configuration = await configureWebhooks(
        context,
        sid,
        sid,
        changesOf(request.values),
        request.origin,
      );
      return renderOfAccount(configuration, request);
    },
  });

  const servicePath = '/v1/Services/:ChatServiceSid/Configuration/Webhooks';
  operation(routes, {
    method: 'GET',
    path: servicePath,
    handle: async (request) => {
      const service = await serviceOf(db, request);
      return renderOfService(await findWebhookConfiguration(db, service), service, request);
    },
  });
  operation(routes, {
    method: 'POST',
    path: servicePath,
    parameters: ofService,
    handle: async (request) => {
      const service = await serviceOf(db, request);
      if (request.isEmpty) throw refusal('emptyUpdate', { known: ofService.names.join(', ') });
      const configuration = await configureWebhooks(
        context,
        request.caller.account.sid,
        service,
        changesOf(request.values),
        request.origin,
      );
      return renderOfService(configuration, service, request);
    },
  });
}

function changesOf(values: FormValues<typeof fields>) {
  return given({
    preWebhookUrl: nullable(values.PreWebhookUrl),
    postWebhookUrl: nullable(values.PostWebhookUrl),
    method: values.Method,
    filters: values.Filters === undefined ? undefined : JSON.stringify(values.Filters),
  });
}

type Rendered = Omit<WebhookConfiguration, 'seq'> | undefined;

function renderOfAccount(configuration: Rendered, request: ScopedRequest): Json {
  return {
    account_sid: request.caller.account.sid,
    method: configuration?.method ?? 'POST',
    filters: filtersOf(configuration) ?? [],
    pre_webhook_url: configuration?.preWebhookUrl ?? null,
    post_webhook_url: configuration?.postWebhookUrl ?? null,
    target: 'webhook',
    url: `${scopeUrl(request)}/Configuration/Webhooks`,
  };
}

/** All null until something is set: the account's configuration serves it then. */
function renderOfService(configuration: Rendered, service: string, request: ScopedRequest): Json {
  return {
    account_sid: request.caller.account.sid,
    chat_service_sid: service,
    pre_webhook_url: configuration?.preWebhookUrl ?? null,
    post_webhook_url: configuration?.postWebhookUrl ?? null,
    filters: filtersOf(configuration) ?? null,
    method: configuration?.method ?? null,
    url: `${scopeUrl(request)}/Configuration/Webhooks`,
  };
}

function filtersOf(configuration: Rendered): unknown {
  return configuration === undefined ? undefined : (JSON.parse(configuration.filters) as unknown);
}
