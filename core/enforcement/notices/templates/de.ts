import type { Template } from '../template.ts';

const contact = 'Kontakt: {contact}.';
const notCounted = 'Nicht gezählt: {notCounted}.';
const phones = { when: 'phones', say: 'Telefone Ihres Kontos: {phones}.' } as const;
const seen = ['Gesehen vom {seenFrom} bis {seenTo}: siehe unten.', phones] as const;
const counts = [
  { when: 'events', say: 'Vorgänge: {events}.' },
  { when: 'days', say: 'Tage: {days}.' },
] as const;

export const de: Template = {
  version: 'de-2',
  dir: 'ltr',
  reviewer: 'Prüfperson',
  reasons: {
    'automated-claiming': {
      rule: 'Buchen Sie von Hand. Kein Programm und kein Dienst darf für Sie buchen',
      ifRepeated: 'Eine Wiederholung bis dahin kann das Konto beenden.',
      notCounted: 'Land, Nachtstunden, Gesichtsprüfungen, verfehlte Aufgaben, fehlende App-Daten',
    },
    'shared-credentials': {
      rule: 'Nur Sie dürfen Ihr Konto benutzen. Geben Sie niemandem Ihr Passwort',
      ifRepeated: 'Eine Wiederholung bis dahin kann das Konto beenden.',
      notCounted: 'Land, Nachtstunden, Gesichtsprüfungen, verfehlte Aufgaben, fehlende App-Daten',
    },
    'block-hoarding': {
      rule: 'Buchen Sie Blöcke, um sie zu fahren, nicht um sie zurückzugeben',
      ifRepeated: 'Eine Wiederholung führt zu einer weiteren Warnung.',
      notCounted: 'Land, Nachtstunden, Gesichtsprüfungen, fehlende App-Daten',
    },
    'false-position': {
      rule: 'Wo wir nach Ihrer Position fragen, nennen Sie die wahre',
      ifRepeated: 'Eine Wiederholung bis dahin kann das Konto beenden.',
      notCounted: 'Land, Nachtstunden, Gesichtsprüfungen, fehlende Positionen',
    },
  },
  neverCounted: 'Land, Nachtstunden, Gesichtsprüfungen, fehlende App-Daten',
  notices: {
    'secure-account': {
      subject: 'Vielleicht benutzt jemand anderes Ihr Konto',
      paragraphs: [
        ['Guten Tag,'],
        [
          'vielleicht hat jemand anderes Ihr Konto benutzt.',
          { when: 'seenFrom', say: 'Gesehen: {seenFrom} bis {seenTo}.' },
          ...counts,
          phones,
        ],
        [
          'Es folgt keine Warnung. Software hat zu Ihrem Schutz alle Sitzungen beendet; niemand hat gegen Sie entschieden.',
        ],
        [
          'Mit Ihrem Passwort war Ihr ganzer Datenauszug lesbar: Blöcke mit Bezahlung, Telefone, Mitteilungen und Warnungen, Ergebnisse der Gesichtsprüfungen, Quittungen; kein Bankpasswort, keine Fotos.',
        ],
        [
          'Ändern Sie bald Ihr Passwort, melden Sie sich neu an und behalten Sie in der App nur das Telefon in Ihrer Hand. Gebuchte Blöcke und Bezahlung bleiben Ihnen.',
        ],
        [notCounted],
        ['Antworten Sie in der App.', contact],
      ],
    },
    warning: {
      subject: 'Eine Warnung zu Ihrem Konto',
      paragraphs: [
        ['Guten Tag,'],
        ['Regel: {rule}.'],
        [...seen, ...counts],
        [
          'Software hat das gefunden. Ein Mensch, {reviewers}, hat es geprüft und diese Warnung ausgesprochen.',
        ],
        [
          'Arbeit, gebuchte Blöcke und Bezahlung bleiben, wie sie sind. Die Warnung verfällt am {expiresAt}. {ifRepeated}',
        ],
        [notCounted],
        [
          'Widerspruch: einmal in der App bis {appealUntil}. Jemand Unbeteiligtes antwortet; Frist: {answerDays}.',
          contact,
        ],
      ],
    },
    'removal-planned': {
      subject: 'Ihr Konto soll enden',
      paragraphs: [
        ['Guten Tag,'],
        ['Regel: {rule}.'],
        ['Wir haben Sie am {priorWarningAt} gewarnt.', ...seen, ...counts],
        [
          'Software hat das gefunden. Zwei Menschen, {reviewers}, haben entschieden: Ihr Konto endet am {effectiveAt}.',
        ],
        [
          'Bis dahin gehen Arbeit, gebuchte Blöcke und Bezahlung weiter.',
          { when: 'bookedBlocks', say: 'Gebucht: {bookedBlocks}.' },
        ],
        [notCounted],
        [
          'Widerspruch: einmal in der App bis {appealUntil}; das Ende wartet so lange. Jemand Unbeteiligtes antwortet; Frist: {answerDays}.',
          contact,
        ],
      ],
    },
    removed: {
      subject: 'Ihr Konto ist beendet',
      paragraphs: [
        ['Guten Tag,'],
        ['Regel: {rule}.'],
        ['Wir haben Sie am {priorWarningAt} gewarnt.', ...seen, ...counts],
        [
          'Software hat das gefunden. Zwei Menschen, {reviewers}, haben entschieden: Ihr Konto endete am {effectiveAt}.',
        ],
        ['Spätere Blöcke wurden zurückgegeben. Gefahrene Blöcke werden wie üblich bezahlt.'],
        [notCounted],
        [
          {
            when: 'appealUntil',
            say: 'Widerspruch: einmal in der App bis {appealUntil}. Jemand Unbeteiligtes antwortet und kann die Entscheidung zurücknehmen; Frist: {answerDays}.',
            otherwise:
              'Ihr Widerspruch ist beantwortet: Die Entscheidung bleibt. Ihre gesetzlichen Rechte bleiben auch.',
          },
          contact,
        ],
      ],
    },
    'appeal-received': {
      subject: 'Ihr Widerspruch ist da',
      paragraphs: [
        ['Guten Tag,'],
        ['Ihr Widerspruch ist da.', { when: 'rule', say: 'Es geht um diese Regel: {rule}.' }],
        [
          'Ein Mensch, der an der Entscheidung nicht beteiligt war, liest ihn mit allen Unterlagen und antwortet bis {answerBy}. Software entscheidet nicht.',
        ],
        [
          'Bis dahin wird Ihnen nichts weiter genommen. Wenn Sie arbeiten, gehen Arbeit, gebuchte Blöcke und Bezahlung weiter, und ein geplantes Ende wartet. Ist Ihr Konto schon beendet, bleibt es bis zur Antwort so; gefahrene Blöcke werden bezahlt.',
        ],
        [notCounted],
        ['Was Sie in der App ergänzen, wird mit ihm gelesen.', contact],
      ],
    },
    'appeal-upheld': {
      subject: 'Die Antwort auf Ihren Widerspruch',
      paragraphs: [
        ['Guten Tag,'],
        [
          'ein Mensch, der an der Entscheidung nicht beteiligt war, {reviewers}, hat Ihren Widerspruch und alle Unterlagen gelesen. Die Entscheidung bleibt. Software war an dieser Antwort nicht beteiligt.',
        ],
        [{ when: 'rule', say: 'Regel: {rule}.' }],
        [
          'Eine Warnung verfällt wie mitgeteilt. Ein geplantes Ende kommt frühestens morgen; bis dahin gehen Arbeit, gebuchte Blöcke und Bezahlung weiter. Gefahrene Blöcke werden immer bezahlt.',
        ],
        [notCounted],
        ['Einen zweiten Widerspruch gibt es hier nicht. Ihre gesetzlichen Rechte bleiben.', contact],
      ],
    },
    overturned: {
      subject: 'Wir lagen falsch: Die Entscheidung ist zurückgenommen',
      paragraphs: [
        ['Guten Tag,'],
        [
          'wir lagen falsch und bitten um Entschuldigung. Ein Mensch, {reviewers}, hat diese Entscheidung zurückgenommen oder die Warnung, auf der sie beruhte.',
        ],
        [{ when: 'rule', say: 'Genannte Regel: {rule}.' }],
        [
          'Sie zählt nicht mehr, und keine Warnung daraus bleibt. Ist Ihr Konto offen, ist der Zugang wie vorher, und Blöcke, die wir genommen haben, gehören wieder Ihnen, soweit sie frei sind. Die Bezahlung der anderen schulden wir Ihnen; die App zeigt sie.',
          { when: 'restoredBlocks', say: 'Zurückgegebene Blöcke: {restoredBlocks}.' },
          { when: 'owed', say: 'Wir schulden Ihnen: {owed}.' },
        ],
        [
          {
            when: 'effectiveAt',
            say: 'Fotos, die mit dem Ende Ihres Kontos gelöscht wurden, können Sie auf Wunsch neu geben.',
          },
        ],
        ['Sind Sie gegangen, bleibt es dabei. Sie müssen nichts tun.', contact],
      ],
    },
    'answer-late': {
      subject: 'Unsere Antwort auf Ihren Widerspruch verspätet sich',
      paragraphs: [
        ['Guten Tag,'],
        [
          'wir hatten bis {answerBy} eine Antwort auf Ihren Widerspruch versprochen. Das haben wir versäumt und bitten um Entschuldigung. Ein Mensch, der nicht beteiligt war, wird antworten; Software sendet nur diese Nachricht.',
        ],
        [
          'Inzwischen wird niemandem, der noch arbeitet, etwas genommen: Arbeit, gebuchte Blöcke und Bezahlung gehen weiter, ein geplantes Ende wartet. Ist Ihr Konto schon beendet, bleibt es bis zur Antwort so.',
        ],
        ['Sie müssen nichts tun.', contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Ihr Konto endet nicht',
      paragraphs: [
        ['Guten Tag,'],
        [
          'das angekündigte Ende Ihres Kontos findet nicht statt: Die Warnung, auf der es beruhte, wurde zurückgenommen oder ist verfallen, oder jemand anderes hatte Ihr Konto benutzt. Der Fall ist geschlossen, und nichts ist mehr geplant.',
        ],
        [
          'Arbeit, gebuchte Blöcke und Bezahlung gehen wie gewohnt weiter, ohne die zusätzlichen Prüfungen dieses Falls.',
        ],
        ['Sie müssen nichts tun.', contact],
      ],
    },
  },
  evidence: {
    heading: 'Worauf das beruht:',
    sources: {
      model: 'unser Erkennungsmodell',
      canary: 'Regel zu Angeboten, die niemand sehen kann',
      'credential-sharing': 'Regel zu geteilten Konten',
      hoarding: 'Regel zu zurückgegebenen Blöcken',
      'position-spoofing': 'Regel zu Positionen',
      devices: 'Aufzeichnungen zu Ihren Telefonen',
      other: 'andere Aufzeichnungen',
    },
    natures: { raw: 'wie aufgezeichnet', derived: 'aus Aufzeichnungen berechnet' },
  },
};
