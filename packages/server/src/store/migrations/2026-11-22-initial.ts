import type { Kysely, Migration } from 'kysely';
import { index, sequence, table, unique } from './ddl.ts';

/** The first schema; `../schema.ts` says what each column means. */
export const initial: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sequence(db);
    await table(db, 'accounts', {
      sid: 'text',
      parentSid: 'text null',
      friendlyName: 'text',
      status: 'text',
      authToken: 'text',
      defaultServiceSid: 'text',
      defaultMessagingServiceSid: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'apiKeys', {
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text',
      secretHash: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'applications', {
      voiceUrl: 'text null',
      voiceMethod: 'text',
      voiceFallbackUrl: 'text null',
      voiceFallbackMethod: 'text',
      voiceCallerIdLookup: 'integer',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      smsUrl: 'text null',
      smsMethod: 'text',
      smsFallbackUrl: 'text null',
      smsFallbackMethod: 'text',
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text null',
      messageStatusCallback: 'text null',
      publicApplicationConnectEnabled: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'phoneNumbers', {
      voiceUrl: 'text null',
      voiceMethod: 'text',
      voiceFallbackUrl: 'text null',
      voiceFallbackMethod: 'text',
      voiceCallerIdLookup: 'integer',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      smsUrl: 'text null',
      smsMethod: 'text',
      smsFallbackUrl: 'text null',
      smsFallbackMethod: 'text',
      sid: 'text',
      accountSid: 'text',
      phoneNumber: 'text',
      friendlyName: 'text',
      voiceApplicationSid: 'text null',
      smsApplicationSid: 'text null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'services', {
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text',
      defaultConversationCreatorRoleSid: 'text',
      defaultConversationRoleSid: 'text',
      defaultChatServiceRoleSid: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'conversations', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      messagingServiceSid: 'text',
      friendlyName: 'text null',
      uniqueName: 'text null',
      attributes: 'text',
      state: 'text',
      timerInactive: 'text null',
      timerClosed: 'text null',
      dateInactive: 'integer null',
      dateClosed: 'integer null',
      emailAddress: 'text null',
      emailName: 'text null',
      nextMessageIndex: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'participants', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      conversationSid: 'text',
      identity: 'text null',
      attributes: 'text',
      roleSid: 'text null',
      bindingType: 'text null',
      address: 'text null',
      proxyAddress: 'text null',
      projectedAddress: 'text null',
      voiceType: 'text null',
      voiceAddress: 'text null',
      voiceProxyAddress: 'text null',
      conductorSid: 'text null',
      lastReadMessageIndex: 'integer null',
      lastReadTimestamp: 'integer null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'messages', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      conversationSid: 'text',
      messageIndex: 'integer',
      author: 'text',
      participantSid: 'text null',
      body: 'text null',
      attributes: 'text',
      media: 'text null',
      subject: 'text null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'conductors', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      conversationSid: 'text',
      uniqueName: 'text null',
      friendlyName: 'text null',
      attributes: 'text',
      applicationSid: 'text null',
      proxyAddress: 'text null',
      status: 'text',
      speak: 'text',
      transcribe: 'text',
      record: 'text',
      maxCalls: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'calls', {
      sid: 'text',
      accountSid: 'text',
      parentCallSid: 'text null',
      to: 'text',
      from: 'text',
      status: 'text',
      direction: 'text',
      startTime: 'integer null',
      endTime: 'integer null',
      phoneNumberSid: 'text null',
      conductorSid: 'text null',
      conversationSid: 'text null',
      participantSid: 'text null',
      url: 'text null',
      method: 'text',
      twiml: 'text null',
      applicationSid: 'text null',
      fallbackUrl: 'text null',
      fallbackMethod: 'text',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      statusCallbackEvents: 'text',
      timeoutSec: 'integer',
      timeLimitSec: 'integer null',
      sendDigits: 'text null',
      sipAuthUsername: 'text null',
      sipAuthPassword: 'text null',
      sipResponseCode: 'integer null',
      nextSequenceNumber: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'scopedWebhooks', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      conversationSid: 'text',
      target: 'text',
      url: 'text',
      method: 'text',
      filters: 'text',
      triggers: 'text null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'webhookConfigurations', {
      ownerSid: 'text',
      accountSid: 'text',
      preWebhookUrl: 'text null',
      postWebhookUrl: 'text null',
      method: 'text',
      filters: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'alerts', {
      sid: 'text',
      accountSid: 'text',
      serviceSid: 'text null',
      resourceSid: 'text null',
      errorCode: 'integer',
      logLevel: 'text',
      alertText: 'text',
      requestMethod: 'text null',
      requestUrl: 'text null',
      requestVariables: 'text null',
      requestHeaders: 'text null',
      responseHeaders: 'text null',
      responseBody: 'text null',
      dateCreated: 'integer',
    });
    await table(db, 'media', {
      sid: 'text',
      accountSid: 'text',
      chatServiceSid: 'text',
      conversationSid: 'text',
      messageSid: 'text null',
      author: 'text',
      filename: 'text',
      contentType: 'text',
      sizeBytes: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await table(db, 'timeline', {
      accountSid: 'text',
      conversationSid: 'text',
      kind: 'text',
      event: 'text',
      resourceSid: 'text',
      data: 'text',
      dateCreated: 'integer',
    });
    await table(db, 'outbox', {
      accountSid: 'text',
      orderingKey: 'text',
      kind: 'text',
      payload: 'text',
      status: 'text',
      attempts: 'integer',
      dateAvailable: 'integer',
      dateCreated: 'integer',
    });
    await table(db, 'deliveryAttempts', {
      outboxSeq: 'integer',
      accountSid: 'text',
      eventType: 'text',
      resourceSid: 'text null',
      method: 'text',
      url: 'text',
      attempt: 'integer',
      statusCode: 'integer null',
      errorCode: 'integer null',
      problem: 'text null',
      durationMs: 'integer',
      dateCreated: 'integer',
    });

    await unique(db, 'accounts', ['sid']);
    await unique(db, 'apiKeys', ['sid']);
    await index(db, 'apiKeys', ['accountSid']);
    await unique(db, 'applications', ['sid']);
    await index(db, 'applications', ['accountSid']);
    await unique(db, 'phoneNumbers', ['sid']);
    await unique(db, 'phoneNumbers', ['phoneNumber']);
    await index(db, 'phoneNumbers', ['accountSid']);
    await unique(db, 'services', ['sid']);
    await index(db, 'services', ['accountSid']);
    await unique(db, 'conversations', ['sid']);
    await unique(db, 'conversations', ['chatServiceSid', 'uniqueName']);
    await index(db, 'conversations', ['dateInactive']);
    await index(db, 'conversations', ['dateClosed']);
    await unique(db, 'participants', ['sid']);
    await index(db, 'participants', ['conversationSid']);
    await unique(db, 'participants', ['conversationSid', 'identity']);
    await index(db, 'participants', ['address', 'proxyAddress']);
    await index(db, 'participants', ['voiceAddress', 'voiceProxyAddress']);
    await index(db, 'participants', ['conductorSid']);
    await unique(db, 'messages', ['sid']);
    await unique(db, 'messages', ['conversationSid', 'messageIndex']);
    await unique(db, 'conductors', ['sid']);
    await unique(db, 'conductors', ['chatServiceSid', 'uniqueName']);
    await index(db, 'conductors', ['conversationSid']);
    await index(db, 'conductors', ['applicationSid']);
    await unique(db, 'calls', ['sid']);
    await index(db, 'calls', ['accountSid']);
    await index(db, 'calls', ['conductorSid', 'status']);
    await index(db, 'calls', ['status']);
    await unique(db, 'scopedWebhooks', ['sid']);
    await index(db, 'scopedWebhooks', ['conversationSid']);
    await unique(db, 'webhookConfigurations', ['ownerSid']);
    await unique(db, 'alerts', ['sid']);
    await index(db, 'alerts', ['accountSid']);
    await unique(db, 'media', ['sid']);
    await index(db, 'media', ['messageSid']);
    await index(db, 'media', ['conversationSid']);
    await index(db, 'timeline', ['conversationSid']);
    await index(db, 'outbox', ['status', 'dateAvailable']);
    await index(db, 'deliveryAttempts', ['accountSid']);
  },
};
