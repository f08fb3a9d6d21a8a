import { useI18n } from "vue-i18n";

const WORDS = /\b(published|cox|stumps|pairs|blend|deep|past|smooth|wide)\b/g;

/** Return what writes the names of candidates, of which an event model has one for each output, as people say them. */
export function useForms(): (form: string) => string {
  const { t } = useI18n();
  return (form) => form.replaceAll("+", " + ").replace(WORDS, (word) => t(`models.forms.${word}`));
}
