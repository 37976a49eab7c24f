import type { Template } from '../template.ts';

const contact = 'Contact : {contact}.';
const notCounted = 'Non compté : {notCounted}.';
const phones = { when: 'phones', say: 'Téléphones du compte : {phones}.' } as const;
const seen = ['Du {seenFrom} au {seenTo}, voir ci-dessous.', phones] as const;
const counts = [
  { when: 'events', say: 'Faits : {events}.' },
  { when: 'days', say: 'Jours : {days}.' },
] as const;

export const fr: Template = {
  version: 'fr-2',
  dir: 'ltr',
  reviewer: 'Réviseur·e',
  reasons: {
    'automated-claiming': {
      rule: 'réservez vous-même, à la main, sans programme ni service',
      ifRepeated: 'Une répétition d’ici là peut mettre fin au compte.',
      notCounted: 'pays, heures de nuit, contrôles faciaux, épreuves manquées, données absentes',
    },
    'shared-credentials': {
      rule: 'vous seul utilisez votre compte. Gardez votre mot de passe secret',
      ifRepeated: 'Une répétition d’ici là peut mettre fin au compte.',
      notCounted: 'pays, heures de nuit, contrôles faciaux, épreuves manquées, données absentes',
    },
    'block-hoarding': {
      rule: 'réservez des blocs pour y travailler, pas pour les rendre',
      ifRepeated: 'Une répétition entraîne un autre avertissement.',
      notCounted: 'pays, heures de nuit, contrôles faciaux, données absentes',
    },
    'false-position': {
      rule: 'quand nous demandons votre position, donnez la vraie',
      ifRepeated: 'Une répétition d’ici là peut mettre fin au compte.',
      notCounted: 'pays, heures de nuit, contrôles faciaux, positions absentes',
    },
  },
  neverCounted: 'pays, heures de nuit, contrôles faciaux, données absentes',
  notices: {
    'secure-account': {
      subject: 'Quelqu’un d’autre utilise peut-être votre compte',
      paragraphs: [
        ['Bonjour,'],
        [
          'Quelqu’un d’autre semble avoir utilisé votre compte.',
          { when: 'seenFrom', say: 'Du {seenFrom} au {seenTo}.' },
          ...counts,
          phones,
        ],
        [
          'Aucun avertissement. Par protection, un logiciel a fermé toutes les sessions, personne n’a décidé contre vous.',
        ],
        [
          'Votre mot de passe ouvrait l’export complet : blocs et paie, téléphones, messages et avertissements, résultats des contrôles faciaux, reçus, sans code bancaire ni photos.',
        ],
        [
          'Changez vite votre mot de passe, reconnectez-vous et gardez dans l’app le seul téléphone en main. Vous gardez blocs réservés et paie.',
        ],
        [notCounted],
        ['Répondez dans l’app.', contact],
      ],
    },
    warning: {
      subject: 'Un avertissement sur votre compte',
      paragraphs: [
        ['Bonjour,'],
        ['Règle : {rule}.'],
        [...seen, ...counts],
        ['Repéré par logiciel. Une personne, {reviewers}, a vérifié et donné cet avertissement.'],
        [
          'Travail, blocs réservés et paie restent inchangés. L’avertissement expire le {expiresAt}. {ifRepeated}',
        ],
        [notCounted],
        [
          'Contestez une fois dans l’app jusqu’au {appealUntil}. Une tierce personne répond sous {answerDays}.',
          contact,
        ],
      ],
    },
    'removal-planned': {
      subject: 'La fin de votre compte est prévue',
      paragraphs: [
        ['Bonjour,'],
        ['Règle : {rule}.'],
        ['Avertissement du {priorWarningAt}.', ...seen, ...counts],
        ['Repéré par logiciel. Deux personnes, {reviewers}, mettent fin au compte le {effectiveAt}.'],
        [
          'D’ici là, travail, blocs réservés et paie continuent.',
          { when: 'bookedBlocks', say: 'Réservés : {bookedBlocks}.' },
        ],
        [notCounted],
        [
          'Contestez une fois dans l’app jusqu’au {appealUntil}, la fin attend. Une tierce personne répond sous {answerDays}.',
          contact,
        ],
      ],
    },
    removed: {
      subject: 'Votre compte a pris fin',
      paragraphs: [
        ['Bonjour,'],
        ['Règle : {rule}.'],
        ['Avertissement du {priorWarningAt}.', ...seen, ...counts],
        ['Repéré par logiciel. Deux personnes, {reviewers}, ont mis fin au compte le {effectiveAt}.'],
        ['Les blocs suivants sont rendus. Les blocs finis sont payés normalement.'],
        [notCounted],
        [
          {
            when: 'appealUntil',
            say: 'Contestez une fois dans l’app jusqu’au {appealUntil}. Une tierce personne répond sous {answerDays} et peut l’annuler.',
            otherwise:
              'Votre contestation a reçu sa réponse : la décision est maintenue. Vos droits légaux demeurent.',
          },
          contact,
        ],
      ],
    },
    'appeal-received': {
      subject: 'Nous avons votre contestation',
      paragraphs: [
        ['Bonjour,'],
        ['Nous avons votre contestation.', { when: 'rule', say: 'Règle concernée : {rule}.' }],
        [
          'Une personne extérieure à la décision la lit avec toutes les données et répond au plus tard le {answerBy}. Le logiciel ne décide pas.',
        ],
        [
          'D’ici là, rien de plus ne vous est retiré. Si vous travaillez, travail, blocs réservés et paie continuent et une fin prévue attend. Un compte déjà terminé le reste jusqu’à la réponse ; les blocs finis sont payés.',
        ],
        [notCounted],
        ['Ce que vous ajoutez dans l’app est lu avec elle.', contact],
      ],
    },
    'appeal-upheld': {
      subject: 'La réponse à votre contestation',
      paragraphs: [
        ['Bonjour,'],
        [
          'Une personne extérieure à la décision, {reviewers}, a lu votre contestation et toutes les données. La décision est maintenue. Le logiciel n’a pas participé à cette réponse.',
        ],
        [{ when: 'rule', say: 'Règle : {rule}.' }],
        [
          'Un avertissement expire comme annoncé. Une fin prévue suit son cours, au plus tôt demain ; d’ici là, travail, blocs réservés et paie continuent. Les blocs finis sont toujours payés.',
        ],
        [notCounted],
        ['Pas de seconde contestation ici. Vos droits légaux demeurent.', contact],
      ],
    },
    overturned: {
      subject: 'Nous avions tort : la décision est retirée',
      paragraphs: [
        ['Bonjour,'],
        [
          'Nous avions tort et vous présentons nos excuses. Une personne, {reviewers}, a retiré cette décision ou l’avertissement dont elle dépendait.',
        ],
        [{ when: 'rule', say: 'Règle citée : {rule}.' }],
        [
          'Elle ne compte plus et ne laisse aucun avertissement. Tant que votre compte est ouvert, l’accès est comme avant et les blocs retirés vous reviennent s’ils sont libres. La paie des autres vous est due et figure dans l’app.',
          { when: 'restoredBlocks', say: 'Blocs rendus : {restoredBlocks}.' },
          { when: 'owed', say: 'Nous vous devons : {owed}.' },
        ],
        [
          {
            when: 'effectiveAt',
            say: 'Les photos effacées à la fin du compte peuvent être redonnées si vous voulez.',
          },
        ],
        ['Si vous êtes parti·e, cela ne change pas. Vous n’avez rien à faire.', contact],
      ],
    },
    'answer-late': {
      subject: 'Notre réponse à votre contestation est en retard',
      paragraphs: [
        ['Bonjour,'],
        [
          'Nous avions promis de répondre à votre contestation au plus tard le {answerBy}. Nous avons manqué cette date ; veuillez nous excuser. Une personne extérieure à la décision répondra ; le logiciel ne fait qu’envoyer ce message.',
        ],
        [
          'Entre-temps, rien n’est retiré à qui travaille encore : travail, blocs réservés et paie continuent, une fin prévue attend. Un compte déjà terminé le reste jusqu’à la réponse.',
        ],
        ['Vous n’avez rien à faire.', contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Votre compte ne prend pas fin',
      paragraphs: [
        ['Bonjour,'],
        [
          'La fin de compte annoncée n’aura pas lieu : l’avertissement dont elle dépendait a été retiré ou a expiré, ou quelqu’un d’autre avait utilisé votre compte. Le dossier est clos, plus rien n’est prévu.',
        ],
        [
          'Travail, blocs réservés et paie continuent normalement, sans les contrôles supplémentaires de ce dossier.',
        ],
        ['Vous n’avez rien à faire.', contact],
      ],
    },
  },
  evidence: {
    heading: 'Sur quoi cela repose :',
    sources: {
      model: 'notre modèle de détection',
      canary: 'règle sur les offres que personne ne peut voir',
      'credential-sharing': 'règle sur les comptes partagés',
      hoarding: 'règle sur les blocs rendus',
      'position-spoofing': 'règle sur les positions',
      devices: 'données de vos téléphones',
      other: 'autres données',
    },
    natures: { raw: 'tel qu’enregistré', derived: 'calculé à partir des données' },
  },
};
