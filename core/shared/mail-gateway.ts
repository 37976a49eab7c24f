import { SESv2Client, type SESv2ClientConfig, SendEmailCommand } from '@aws-sdk/client-sesv2';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** The same words for mail that shows HTML. */
  html?: string;
}

/** `refused`: this mail will never be taken; `reason` names SES's exception, not the address. */
export type SendMail = (mail: Mail) => Promise<{ status: 'sent' } | { status: 'refused'; reason: string }>;

/** Of what SES answers: the mail, not the moment, is at fault. */
const refusals = new Set(['MessageRejected', 'BadRequestException']);

/** In UTF-8: plain text, and HTML beside it where there is some. What the next try may mend is thrown. */
export const mailGateway = (from: string, settings: SESv2ClientConfig = {}): SendMail => {
  const client = new SESv2Client(settings);
  return async ({ to, subject, text, html }) => {
    const Charset = 'UTF-8';
    try {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: {
            Simple: {
              Subject: { Data: subject, Charset },
              Body: { Text: { Data: text, Charset }, ...(html && { Html: { Data: html, Charset } }) },
            },
          },
        }),
      );
      return { status: 'sent' };
    } catch (error) {
      const { name } = error as Error;
      if (!refusals.has(name)) throw error;
      return { status: 'refused', reason: name };
    }
  };
};
