import type { Template } from '../template.ts';

const contact = 'Contacto: {contact}.';
const notCounted = 'No contó: {notCounted}.';
const phones = { when: 'phones', say: 'Teléfonos de su cuenta: {phones}.' } as const;
const seen = ['Visto del {seenFrom} al {seenTo}: registros abajo.', phones] as const;
const counts = [
  { when: 'events', say: 'Sucesos: {events}.' },
  { when: 'days', say: 'Días: {days}.' },
] as const;

export const es: Template = {
  version: 'es-2',
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
          'No habrá aviso. El software cerró todas las sesiones para protegerle; nadie decidió nada contra usted.',
        ],
        [
          'Con su contraseña se podía leer su exportación de datos: bloques y pago, teléfonos, notificaciones y avisos, resultados de controles faciales, recibos; ni contraseña bancaria ni fotos.',
        ],
        [
          'Cambie pronto su contraseña, vuelva a entrar y conserve en la app solo el teléfono que tiene en mano. Conserva bloques reservados y pago.',
        ],
        [notCounted],
        ['Responda en la app.', contact],
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
          {
            when: 'appealUntil',
            say: 'Apele una vez en la app hasta el {appealUntil}. Alguien que no participó responde en {answerDays} y puede anularlo.',
            otherwise:
              'Su apelación ya tuvo respuesta: la decisión se mantiene. Sus derechos legales también.',
          },
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
        ['Lo que añada en la app se lee con ella.', contact],
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
        ['Aquí no hay segunda apelación. Sus derechos legales se mantienen.', contact],
      ],
    },
    overturned: {
      subject: 'Nos equivocamos: la decisión se retira',
      paragraphs: [
        ['Hola:'],
        [
          'Nos equivocamos y lo sentimos. Una persona, {reviewers}, retiró esta decisión o el aviso en que se basaba.',
        ],
        [{ when: 'rule', say: 'Regla citada: {rule}.' }],
        [
          'No cuenta para nada y ningún aviso de ella queda. Mientras su cuenta esté abierta, el acceso es como antes y los bloques que retiramos vuelven a ser suyos si siguen libres. El pago de los demás se le debe y se ve en la app.',
          { when: 'restoredBlocks', say: 'Bloques devueltos: {restoredBlocks}.' },
          { when: 'owed', say: 'Le debemos: {owed}.' },
        ],
        [
          {
            when: 'effectiveAt',
            say: 'Si quiere, puede volver a dar las fotos borradas al terminar su cuenta.',
          },
        ],
        ['Si usted se fue, eso no cambia. No tiene que hacer nada.', contact],
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
        ['No tiene que hacer nada.', contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Su cuenta no termina',
      paragraphs: [
        ['Hola:'],
        [
          'El cierre que anunciamos no ocurrirá: el aviso en que se basaba se retiró o venció, u otra persona había usado su cuenta. El caso está cerrado y ya no hay nada previsto.',
        ],
        [
          'Trabajo, bloques reservados y pago siguen como siempre, sin los controles adicionales de este caso.',
        ],
        ['No tiene que hacer nada.', contact],
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
