import { z } from 'zod'
import { strip } from '../../../text/jinja/python-text.ts'
import { scoreChoice } from '../choice-metrics.ts'
import { inEveryProfile, type TaskDeclaration } from '../declaration.ts'

const Row = z.object({
  question: z.string(),
  choices: z.array(z.string()).length(4),
  answer: z.number().int().min(0).max(3),
})

/** Groups in the harness's order; questions of the test split by subject. */
const subjectsOfGroups: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  stem: {
    abstract_algebra: 100,
    anatomy: 135,
    astronomy: 152,
    college_biology: 144,
    college_chemistry: 100,
    college_computer_science: 100,
    college_mathematics: 100,
    college_physics: 102,
    computer_security: 100,
    conceptual_physics: 235,
    electrical_engineering: 145,
    elementary_mathematics: 378,
    high_school_biology: 310,
    high_school_chemistry: 203,
    high_school_computer_science: 100,
    high_school_mathematics: 270,
    high_school_physics: 151,
    high_school_statistics: 216,
    machine_learning: 112,
  },
  other: {
    business_ethics: 100,
    clinical_knowledge: 265,
    college_medicine: 173,
    global_facts: 100,
    human_aging: 223,
    management: 103,
    marketing: 234,
    medical_genetics: 100,
    miscellaneous: 783,
    nutrition: 306,
    professional_accounting: 282,
    professional_medicine: 272,
    virology: 166,
  },
  social_sciences: {
    econometrics: 114,
    high_school_geography: 198,
    high_school_government_and_politics: 193,
    high_school_macroeconomics: 390,
    high_school_microeconomics: 238,
    high_school_psychology: 545,
    human_sexuality: 131,
    professional_psychology: 612,
    public_relations: 110,
    security_studies: 245,
    sociology: 201,
    us_foreign_policy: 100,
  },
  humanities: {
    formal_logic: 126,
    high_school_european_history: 165,
    high_school_us_history: 204,
    high_school_world_history: 237,
    international_law: 121,
    jurisprudence: 108,
    logical_fallacies: 163,
    moral_disputes: 346,
    moral_scenarios: 895,
    philosophy: 311,
    prehistory: 324,
    professional_law: 1534,
    world_religions: 171,
  },
}
const subjects = Object.values(subjectsOfGroups).flatMap((group) => Object.keys(group))
const letters = ['A', 'B', 'C', 'D'] as const

function subjectTask(
  group: string,
  subject: string,
  questions: number,
): TaskDeclaration<z.infer<typeof Row>> {
  return {
    name: `mmlu_${subject}`,
    title: `MMLU: ${subject.replaceAll('_', ' ')}`,
    partOf: [`mmlu_${group}`, 'mmlu'],
    place: {
      dataset: 'cais/mmlu',
      folder: 'mmlu',
      config: subject,
      otherConfigs: [...subjects.filter((other) => other !== subject), 'auxiliary_train'],
    },
    configColumn: 'subject',
    questions: ['test'],
    shots: inEveryProfile(5),
    shotRule: { draw: 'first', excludesQuestion: false, split: ['dev'] },
    published: { questions, shots: 5 },
    row: Row,
    description: `The following are multiple choice questions (with answers) about ${subject.replaceAll('_', ' ')}.\n\n`,
    targetDelimiter: ' ',
    fewshotDelimiter: '\n\n',
    ask: ({ question, choices, answer }) => {
      const options = choices.map((choice, i) => `${letters[i]}. ${choice}`).join('\n')
      return {
        prompt: `${strip(question)}\n${options}\nAnswer:`,
        text: `${strip(question)}\n${options}`,
        choices: letters,
        gold: [answer],
        target: letters[answer]!,
      }
    },
    generation: null,
    primary: inEveryProfile('acc,none'),
    score: (asked, answer) => scoreChoice(asked, answer, ['acc']),
  }
}

/** The 57 subjects, by groups. */
export const mmlu: readonly TaskDeclaration<z.infer<typeof Row>>[] = Object.entries(subjectsOfGroups).flatMap(
  ([group, ofGroup]) =>
    Object.entries(ofGroup).map(([subject, questions]) => subjectTask(group, subject, questions)),
)
