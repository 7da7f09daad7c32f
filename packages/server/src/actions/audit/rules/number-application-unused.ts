import type { AuditRule } from '../view.ts';

export const numberApplicationUnused: AuditRule = {
  name: 'number-application-unused',
  find: ({ account, conductors, numbers, participants }) =>
    numbers.flatMap(({ sid, phoneNumber, voiceApplicationSid }) => {
      if (voiceApplicationSid === null) return [];
      const landing = conductors.filter(({ proxyAddress }) => proxyAddress === phoneNumber);
      const [first] = landing;
      // Whom no voice binding names is answered by the number's Application.
      if (first === undefined) return [];
      const callers = participants.filter(
        ({ voiceProxyAddress }) => voiceProxyAddress === phoneNumber,
      );
      const conversations = new Set(
        [...landing, ...callers].map(({ conversationSid }) => conversationSid),
      );
      const own = conductors.filter(({ conversationSid }) => conversations.has(conversationSid));
      if (own.some(({ applicationSid }) => applicationSid === voiceApplicationSid)) return [];
      const path = `/api/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers/${sid}.json`;
      const wanted = first.applicationSid;
      return {
        sids: [sid, voiceApplicationSid, first.sid, ...(wanted === null ? [] : [wanted])],
        where: `${path} voice_application_sid`,
        text: `Number ${phoneNumber} (${sid}) is bound to Application ${voiceApplicationSid}, but its calls land on Conductor ${first.sid}, and no Conductor of that conversation uses this Application: the Conductor's is asked, never the number's.`,
        fix:
          wanted === null
            ? `Set ApplicationSid of ${first.sid} to ${voiceApplicationSid} if that is what callers should hear.`
            : `Set VoiceApplicationSid of the number to ${wanted}, which the Conductor uses; or the Conductor's ApplicationSid to ${voiceApplicationSid}.`,
        ...(wanted !== null && {
          request: { method: 'POST', path, form: { VoiceApplicationSid: wanted } } as const,
        }),
      };
    }),
};
