import type { Template } from '../template.ts';

const contact = 'Contato: {contact}.';
const notCounted = 'Não contou: {notCounted}.';
const phones = { when: 'phones', say: 'Telefones da conta: {phones}.' } as const;
const seen = ['De {seenFrom} a {seenTo}: registros abaixo.', phones] as const;
const counts = [
  { when: 'events', say: 'Ocorrências: {events}.' },
  { when: 'days', say: 'Dias: {days}.' },
] as const;

export const pt: Template = {
  version: 'pt-2',
  dir: 'ltr',
  reviewer: 'Revisor(a)',
  reasons: {
    'automated-claiming': {
      rule: 'reserve à mão; nenhum programa ou serviço reserva por você',
      ifRepeated: 'Repetir antes disso pode encerrar sua conta.',
      notCounted: 'país, horário noturno, verificações faciais, desafios perdidos, dados ausentes',
    },
    'shared-credentials': {
      rule: 'só você usa sua conta; não dê a senha a ninguém',
      ifRepeated: 'Repetir antes disso pode encerrar sua conta.',
      notCounted: 'país, horário noturno, verificações faciais, desafios perdidos, dados ausentes',
    },
    'block-hoarding': {
      rule: 'reserve blocos para trabalhar, não para devolver',
      ifRepeated: 'Repetir traz outro aviso.',
      notCounted: 'país, horário noturno, verificações faciais, dados ausentes',
    },
    'false-position': {
      rule: 'quando pedirmos sua posição, informe a verdadeira',
      ifRepeated: 'Repetir antes disso pode encerrar sua conta.',
      notCounted: 'país, horário noturno, verificações faciais, posições ausentes',
    },
  },
  neverCounted: 'país, horário noturno, verificações faciais, dados ausentes',
  notices: {
    'secure-account': {
      subject: 'Outra pessoa pode estar usando sua conta',
      paragraphs: [
        ['Olá,'],
        [
          'Parece que outra pessoa usou sua conta.',
          { when: 'seenFrom', say: 'Visto: {seenFrom} a {seenTo}.' },
          ...counts,
          phones,
        ],
        [
          'Não haverá aviso. O software encerrou todas as sessões para proteger você; ninguém decidiu nada contra você.',
        ],
        [
          'Sua senha abria toda a exportação de dados: blocos e pagamento, telefones, notificações e avisos, resultados de verificações faciais, recibos; nem senha do banco nem fotos.',
        ],
        [
          'Troque logo sua senha, entre de novo e mantenha no app só o telefone em mãos. Blocos reservados e pagamento continuam seus.',
        ],
        [notCounted],
        ['Responda no app.', contact],
      ],
    },
    warning: {
      subject: 'Um aviso sobre sua conta',
      paragraphs: [
        ['Olá,'],
        ['Regra: {rule}.'],
        [...seen, ...counts],
        ['Detectado por software. Uma pessoa, {reviewers}, verificou e deu este aviso.'],
        [
          'Trabalho, blocos reservados e pagamento continuam iguais. O aviso vence em {expiresAt}. {ifRepeated}',
        ],
        [notCounted],
        [
          'Recorra uma vez no app até {appealUntil}. Alguém que não participou responde em {answerDays}.',
          contact,
        ],
      ],
    },
    'removal-planned': {
      subject: 'O fim da sua conta está previsto',
      paragraphs: [
        ['Olá,'],
        ['Regra: {rule}.'],
        ['Avisamos em {priorWarningAt}.', ...seen, ...counts],
        ['Detectado por software. Duas pessoas, {reviewers}, encerram sua conta em {effectiveAt}.'],
        [
          'Até lá, trabalho, blocos reservados e pagamento continuam.',
          { when: 'bookedBlocks', say: 'Reservados: {bookedBlocks}.' },
        ],
        [notCounted],
        [
          'Recorra uma vez no app até {appealUntil}; o fim espera. Alguém que não participou responde em {answerDays}.',
          contact,
        ],
      ],
    },
    removed: {
      subject: 'Sua conta terminou',
      paragraphs: [
        ['Olá,'],
        ['Regra: {rule}.'],
        ['Avisamos em {priorWarningAt}.', ...seen, ...counts],
        ['Detectado por software. Duas pessoas, {reviewers}, encerraram sua conta em {effectiveAt}.'],
        ['Blocos futuros foram devolvidos. Blocos concluídos são pagos normalmente.'],
        [notCounted],
        [
          {
            when: 'appealUntil',
            say: 'Recorra uma vez no app até {appealUntil}. Alguém que não participou responde em {answerDays} e pode reverter isso.',
            otherwise:
              'Seu recurso já foi respondido: a decisão fica mantida. Seus direitos legais permanecem.',
          },
          contact,
        ],
      ],
    },
    'appeal-received': {
      subject: 'Recebemos seu recurso',
      paragraphs: [
        ['Olá,'],
        ['Recebemos seu recurso.', { when: 'rule', say: 'Trata desta regra: {rule}.' }],
        [
          'Uma pessoa que não participou da decisão lê o recurso com todos os registros e responde até {answerBy}. O software não decide.',
        ],
        [
          'Até lá, nada mais é tirado de você. Se você trabalha, trabalho, blocos reservados e pagamento continuam, e um encerramento espera. Se sua conta já terminou, continua assim até a resposta; blocos concluídos são pagos.',
        ],
        [notCounted],
        ['O que você acrescentar no app é lido com ele.', contact],
      ],
    },
    'appeal-upheld': {
      subject: 'A resposta ao seu recurso',
      paragraphs: [
        ['Olá,'],
        [
          'Uma pessoa que não participou da decisão, {reviewers}, leu seu recurso e todos os registros. A decisão fica mantida. O software não participou desta resposta.',
        ],
        [{ when: 'rule', say: 'Regra: {rule}.' }],
        [
          'Um aviso vence como informamos. Um encerramento previsto segue, não antes de amanhã; até lá, trabalho, blocos reservados e pagamento continuam. Blocos concluídos são sempre pagos.',
        ],
        [notCounted],
        ['Aqui não há segundo recurso. Seus direitos legais permanecem.', contact],
      ],
    },
    overturned: {
      subject: 'Erramos: a decisão foi retirada',
      paragraphs: [
        ['Olá,'],
        [
          'Erramos e pedimos desculpas. Uma pessoa, {reviewers}, retirou esta decisão ou o aviso em que ela se baseava.',
        ],
        [{ when: 'rule', say: 'Regra citada: {rule}.' }],
        [
          'Ela não conta para nada e nenhum aviso dela permanece. Enquanto sua conta estiver aberta, o acesso é como antes e os blocos que tiramos voltam a ser seus se ainda estiverem livres. O pagamento dos outros é devido a você e aparece no app.',
          { when: 'restoredBlocks', say: 'Blocos devolvidos: {restoredBlocks}.' },
          { when: 'owed', say: 'Devemos a você: {owed}.' },
        ],
        [
          {
            when: 'effectiveAt',
            say: 'As fotos apagadas no fim da conta podem ser dadas de novo, se você quiser.',
          },
        ],
        ['Se você saiu, isso não muda. Você não precisa fazer nada.', contact],
      ],
    },
    'answer-late': {
      subject: 'Nossa resposta ao seu recurso está atrasada',
      paragraphs: [
        ['Olá,'],
        [
          'Prometemos responder ao seu recurso até {answerBy}. Perdemos essa data e pedimos desculpas. Uma pessoa que não participou da decisão vai responder; o software só envia esta mensagem.',
        ],
        [
          'Enquanto isso, nada é tirado de quem ainda trabalha: trabalho, blocos reservados e pagamento continuam, e um encerramento espera. Se sua conta já terminou, continua assim até a resposta.',
        ],
        ['Você não precisa fazer nada.', contact],
      ],
    },
    'removal-cancelled': {
      subject: 'Sua conta não termina',
      paragraphs: [
        ['Olá,'],
        [
          'O encerramento que anunciamos não vai acontecer: o aviso em que se baseava foi retirado ou venceu, ou outra pessoa tinha usado sua conta. O caso está fechado e nada mais está previsto.',
        ],
        [
          'Trabalho, blocos reservados e pagamento continuam como sempre, sem as verificações extras deste caso.',
        ],
        ['Você não precisa fazer nada.', contact],
      ],
    },
  },
  evidence: {
    heading: 'Em que isto se baseia:',
    sources: {
      model: 'nosso modelo de detecção',
      canary: 'regra sobre ofertas que ninguém pode ver',
      'credential-sharing': 'regra sobre contas compartilhadas',
      hoarding: 'regra sobre blocos devolvidos',
      'position-spoofing': 'regra sobre posições',
      devices: 'registros dos seus telefones',
      other: 'outros registros',
    },
    natures: { raw: 'como registrado', derived: 'calculado a partir de registros' },
  },
};
