import type { Template } from '../template.ts';

const contact = 'Contacto: {contact}.';
const notCounted = 'No contó: {notCounted}.';
const phones = { when: 'phones', say: 'Teléfonos: {phones}.' } as const;
const seen = ['Del {seenFrom} al {seenTo} vimos los registros de abajo.', phones] as const;
const counts = [
  { when: 'events', say: 'Sucesos: {events}.' },
  { when: 'days', say: 'Días: {days}.' },
] as const;
const yourWords = 'Puede añadir algo en la app; lo lee una persona.';

export const es: Template = {
  version: 'es-1',
  dir: 'ltr',
  reviewer: 'Revisor/a',
  reasons: {
    'automated-claiming': {
      rule: 'reserve a mano. Ningún programa ni servicio puede reservar por usted',
      ifRepeated: 'Si se repite antes, su cuenta puede terminar.',
      notCounted: 'país, horas nocturnas, controles faciales, pruebas falladas, datos ausentes',
    },
    'shared-credentials': {
      rule: 'solo usted puede usar su cuenta. No dé su contraseña a nadie',
      ifRepeated: 'Si se repite antes, su cuenta puede terminar.',
      notCounted: 'país, horas nocturnas, controles faciales, pruebas falladas, datos ausentes',
    },
    'block-hoarding': {
      rule: 'reserve bloques que piense trabajar, no para devolverlos',
      ifRepeated: 'Si se repite, habrá otro aviso.',
      notCounted: 'país, horas nocturnas, controles faciales, datos ausentes',
    },
    'false-position': {
      rule: 'cuando pidamos su posición, indique la verdadera',
      ifRepeated: 'Si se repite antes, su cuenta puede terminar.',
      notCounted: 'país, horas nocturnas, controles faciales, posiciones ausentes',
    },
  },
  neverCounted: 'país, horas nocturnas, controles faciales, datos ausentes',
  notices: {
    'secure-account': {
      subject: 'Puede que otra persona use su cuenta',
      paragraphs: [
        ['Hola:'],
        [
          'Parece que otra persona usó su cuenta.',
          { when: 'seenFrom', say: 'Visto: del {seenFrom} al {seenTo}.' },
          ...counts,
          phones,
        ],
        [
          'No recibe ningún aviso por ello. El software cerró todas las sesiones para protegerle; nadie decidió nada contra usted.',
        ],
        [
          'Quien entró pudo leer su horario, las ganancias de sus bloques y su lista de teléfonos; no la contraseña del banco ni fotos.',
        ],
        [
          'Cambie su contraseña y deje un solo teléfono en la app. Los bloques reservados y el pago siguen siendo suyos. No hay ningún plazo.',
        ],
        [notCounted],
        ['¿Preguntas? Responda en la app; lee una persona.', contact],
      ],
    },
    warning: {
      subject: 'Un aviso sobre su cuenta',
      paragraphs: [
        ['Hola:'],
        ['Regla: {rule}.'],
        [...seen, ...counts],
        ['El software lo encontró. Una persona, {reviewers}, lo revisó y dio este aviso.'],
        ['Trabajo, bloques reservados y pago siguen igual. El aviso vence el {expiresAt}. {ifRepeated}'],
        [notCounted],
        [
          'Apele una vez en la app hasta el {appealUntil}. Alguien que no participó responde en {answerDays}.',
          contact,
        ],
      ],
    },
    'removal-planned': {
      subject: 'Está previsto terminar su cuenta',
      paragraphs: [
        ['Hola:'],
        ['Regla: {rule}.'],
        ['Le avisamos el {priorWarningAt}.', ...seen, ...counts],
        [
          'El software lo encontró. Dos personas, {reviewers}, decidieron: su cuenta termina el {effectiveAt}.',
        ],
        [
          'Hasta entonces siguen trabajo, bloques reservados y pago.',
          { when: 'bookedBlocks', say: 'Reservados: {bookedBlocks}.' },
        ],
        [notCounted],
        [
          'Apele una vez en la app hasta el {appealUntil}; el cierre espera la respuesta. Alguien que no participó responde en {answerDays}.',
          contact,
        ],
      ],
    },
    removed: {
      subject: 'Su cuenta ha terminado',
      paragraphs: [
        ['Hola:'],
        ['Regla: {rule}.'],
        ['Le avisamos el {priorWarningAt}.', ...seen, ...counts],
        [
          'El software lo encontró. Dos personas, {reviewers}, decidieron: su cuenta terminó el {effectiveAt}.',
        ],
        ['Los bloques posteriores se devolvieron. Los terminados se pagan como siempre.'],
        [notCounted],
        [
          'Apele una vez en la app hasta el {appealUntil}. Alguien que no participó responde en {answerDays} y puede restaurar todo.',
          contact,
        ],
      ],
    },
    'appeal-received': {
      subject: 'Tenemos su apelación',
      paragraphs: [
        ['Hola:'],
        ['Tenemos su apelación.', { when: 'rule', say: 'Trata de esta regla: {rule}.' }],
        [
          'Una persona que no participó en la decisión la lee con todos los registros y responde hasta el {answerBy}. El software no decide.',
        ],
        [
          'Hasta entonces no se le quita nada más. Si trabaja, siguen trabajo, bloques reservados y pago, y un cierre espera. Si su cuenta ya terminó, sigue así hasta la respuesta; los bloques terminados se pagan.',
        ],
        [notCounted],
        [yourWords, contact],
      ],
    },
    'appeal-upheld': {
      subject: 'La respuesta a su apelación',
      paragraphs: [
        ['Hola:'],
        [
          'Una persona que no participó en la decisión, {reviewers}, leyó su apelación y todos los registros. La decisión se mantiene. El software no intervino en esta respuesta.',
        ],
        [{ when: 'rule', say: 'Regla: {rule}.' }],
        [
          'Un aviso vence como le dijimos. Un cierre previsto continúa, como pronto mañana; hasta entonces siguen trabajo, bloques reservados y pago. Los bloques terminados siempre se pagan.',
        ],
        [notCounted],
        ['Aquí no hay segunda apelación. Sus derechos legales se mantienen.', yourWords, contact],
      ],
    },
    overturned: {
      subject: 'Nos equivocamos: la decisión se retira',
      paragraphs: [
        ['Hola:'],
        [
          'Nos equivocamos y lo sentimos. Una persona, {reviewers}, volvió a mirar y retiró la decisión que empezó con nuestro software.',
        ],
        [{ when: 'rule', say: 'Regla citada: {rule}.' }],
        [
          'Todo queda como si nunca se hubiera decidido: su cuenta y su situación se restauran y ningún aviso de ello cuenta. Los bloques que le quitamos vuelven a ser suyos si siguen libres; por los demás le debemos el pago.',
          { when: 'restoredBlocks', say: 'Bloques devueltos: {restoredBlocks}.' },
          { when: 'owed', say: 'Le debemos: {owed}.' },
        ],
        ['No tiene que hacer nada.', yourWords, contact],
      ],
    },
    'answer-late': {
      subject: 'Nuestra respuesta a su apelación se retrasa',
      paragraphs: [
        ['Hola:'],
        [
          'Prometimos responder a su apelación hasta el {answerBy}. No cumplimos esa fecha y lo sentimos. Responderá una persona que no participó en la decisión; el software solo envía este mensaje.',
        ],
        [
          'Mientras tanto no se quita nada a quien sigue trabajando: continúan trabajo, bloques reservados y pago, y un cierre espera. Si su cuenta ya terminó, sigue así hasta la respuesta.',
        ],
        ['No tiene que hacer nada.', yourWords, contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Su cuenta no termina',
      paragraphs: [
        ['Hola:'],
        [
          'El cierre que anunciamos no ocurrirá: ya no existe el motivo en que se basaba. El caso está cerrado. Lo cerró el software según una regla fija puesta por personas; nadie tuvo que decidir.',
        ],
        [
          'Trabajo, bloques reservados y pago siguen como siempre, sin los controles adicionales de este caso.',
        ],
        ['No tiene que hacer nada.', yourWords, contact],
      ],
    },
  },
  evidence: {
    heading: 'En qué se basa:',
    sources: {
      model: 'nuestro modelo de detección',
      canary: 'regla sobre ofertas que nadie puede ver',
      'credential-sharing': 'regla sobre cuentas compartidas',
      hoarding: 'regla sobre bloques devueltos',
      'position-spoofing': 'regla sobre posiciones',
      devices: 'registros de sus teléfonos',
      other: 'otros registros',
    },
    natures: { raw: 'tal como se registró', derived: 'calculado a partir de registros' },
  },
};
