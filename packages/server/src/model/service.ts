import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

export interface Service extends Dated {
  readonly sid: Sid<'IS'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string;
  readonly defaultConversationCreatorRoleSid: Sid<'RL'>;
  readonly defaultConversationRoleSid: Sid<'RL'>;
  readonly defaultChatServiceRoleSid: Sid<'RL'>;
}
