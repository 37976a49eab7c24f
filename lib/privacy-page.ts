import { releaseText, retentionOf, scheduleRules, trainingSentence } from '#contract/privacy-words.ts';
import type { StageConfig } from './stage-config.ts';

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const paragraphs = (text: string) =>
  text
    .split('\n\n')
    .slice(1)
    .map((paragraph) => `<p>${escaped(paragraph)}</p>`)
    .join('\n');

/** The public retention policy (BIPA section 15(a)), made from the configuration that is deployed with it. */
export const privacyPage = ({ identity, recordRetentionDays, name }: StageConfig): string => {
  const rows = retentionOf(identity, recordRetentionDays)
    .map(
      ({ what, why, until }) =>
        `<tr><td>${escaped(what)}</td><td>${escaped(why)}</td><td>${escaped(until)}</td></tr>`,
    )
    .join('\n');
  const rules = scheduleRules(identity.schedule)
    .map((rule) => `<li>${escaped(rule)}</li>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Photos of drivers: what is kept, why and until when</title>
<link rel="stylesheet" href="privacy.css">
</head>
<body>
<main>
<h1>Photos of drivers</h1>
<p>Face checks are <strong>${identity.mode}</strong> at this service (stage ${escaped(name)}). ${escaped(trainingSentence(identity))}</p>
<h2>What is kept, why and until when</h2>
<table>
<thead><tr><th scope="col">What</th><th scope="col">Why</th><th scope="col">Until</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
<h2>How often a selfie is asked for</h2>
<ul>
${rules}
</ul>
<h2>What drivers agree to</h2>
${paragraphs(releaseText(identity))}
</main>
</body>
</html>
`;
};
