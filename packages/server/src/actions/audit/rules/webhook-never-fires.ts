import { postEvents, preEvents } from '../../../model/webhook.ts';
import type { AuditRule, Fault } from '../view.ts';

/** Events of what this version does not have: users and deliveries to phones. */
const silent: readonly string[] = [
  'onDeliveryUpdated',
  'onUserAdded',
  'onUserUpdated',
  'onUserUpdate',
];

const fires = (filters: string, events: readonly string[]): boolean =>
  (JSON.parse(filters) as string[]).some((name) => events.includes(name) && !silent.includes(name));

export const webhookNeverFires: AuditRule = {
  name: 'webhook-never-fires',
  find: ({ scopedWebhooks, configurations }) => [
    ...scopedWebhooks.flatMap(({ sid, conversationSid, target, filters, triggers }): Fault[] => {
      const words = triggers === null ? [] : (JSON.parse(triggers) as string[]);
      if (target === 'trigger' ? words.length > 0 : fires(filters, postEvents)) return [];
      const property = target === 'trigger' ? 'triggers' : 'filters';
      return [
        {
          sids: [sid, conversationSid],
          where: `/conversations/v1/Conversations/${conversationSid}/Webhooks/${sid} configuration.${property}`,
          text: `Webhook ${sid} of conversation ${conversationSid} has ${property} that nothing meets: it never fires.`,
          fix:
            target === 'trigger'
              ? 'Set Configuration.Triggers to words that messages contain.'
              : 'Set Configuration.Filters to events that happen, as onMessageAdded.',
        },
      ];
    }),
    ...configurations.flatMap(({ ownerSid, filters, preWebhookUrl, postWebhookUrl }): Fault[] => {
      const unheard = [
        ...(preWebhookUrl !== null && !fires(filters, preEvents) ? ['PreWebhookUrl'] : []),
        ...(postWebhookUrl !== null && !fires(filters, postEvents) ? ['PostWebhookUrl'] : []),
      ];
      const where = ownerSid.startsWith('IS')
        ? `/conversations/v1/Services/${ownerSid}/Configuration/Webhooks`
        : '/conversations/v1/Configuration/Webhooks';
      return unheard.map((name) => ({
        sids: [ownerSid],
        where: `${where} filters`,
        text: `${name} of ${ownerSid} is set, and Filters name no event that it hears of: it is never asked.`,
        fix: `Add events to Filters, as ${name === 'PreWebhookUrl' ? 'onMessageAdd' : 'onMessageAdded'}.`,
      }));
    }),
  ],
};
