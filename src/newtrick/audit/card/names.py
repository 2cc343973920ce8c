"""What the columns of a card measure, by the names that people give them."""

from __future__ import annotations

import functools
import re
import unicodedata
from enum import StrEnum

from newtrick.audit.card.figures import plain


class Measure(StrEnum):
    """What a figure of a card measures; the value is its name in findings."""

    STEP = "step"
    EPOCH = "epoch"
    TRAINING_LOSS = "training loss"
    LOSS = "validation loss"
    ACCURACY = "accuracy"
    F1 = "F1"
    MACRO_F1 = "macro F1"
    WEIGHTED_F1 = "weighted F1"
    PRECISION = "precision"
    RECALL = "recall"
    ROWS = "rows"


SCORES = (
    Measure.ACCURACY,
    Measure.F1,
    Measure.MACRO_F1,
    Measure.WEIGHTED_F1,
    Measure.PRECISION,
    Measure.RECALL,
)
"""Measures from 0 to 1 of which more is better."""

_NAMES = {
    Measure.STEP: "step, steps, global step, training step, training steps, schritt, schritte,"
    " etape, pas, paso, pasos, passo, stap, krok, шаг, 步, 步数, 步骤, 步數, 步驟, ステップ, 단계,"
    " 스텝, iteration, iterations",
    Measure.EPOCH: "epoch, epochs, epoche, epoque, epoca, epochen, tijdperk, epoka, 轮次, 轮数, 轮,"
    " 輪次, 輪數, エポック, 에폭, 에포크, эпоха",
    Measure.TRAINING_LOSS: "training loss, train loss, loss train, trainings loss,"
    " trainingsverlust, verlust training, strata treningowa, 训练集损失, 훈련 손실, 학습 손실,"
    " потери при обучении,"
    " perte d entrainement, perte entrainement, perdida de entrenamiento,"
    " perdida entrenamiento, perda de treino,"
    " perda de treinamento, perdita di addestramento, perdita di training, 训练损失, 訓練損失,"
    " 学習損失, ошибка обучения",
    Measure.LOSS: "loss, verlust, validierungsverlust, perte, perte de validation,"
    " perdida de validacion, perdida validacion, perdida, perda de validacao, perda,"
    " perdita di validazione, perdita, validatieverlies, 验证损失, 検証損失, 损失, 損失,"
    " verlust validierung, strata walidacyjna, 验证集损失, 驗證損失, 검증 손실, 손실,"
    " ошибка валидации, потери при валидации",
    Measure.ACCURACY: "accuracy, acc, genauigkeit, validierungsgenauigkeit, exactitude, exactitud,"
    " korrektheit, acuracia, accuratezza, nauwkeurigheid, dokładnosc, 准确率, 準確率, 验证准确率,"
    " 验证集准确率, 测试准确率, 测试集准确率, 正解率, 정확도, точность",
    Measure.F1: "f1, f1 score, f score, f measure, fscore, binary f1, f1 binary, f1 wert, score f1,"
    " puntuacion f1, f1 maß, f1分数, f1 分数, f1 分數, f1值, f1 мера",
    Measure.MACRO_F1: "macro f1, f1 macro, macro f1 score, f1 score macro, f1 macro avg, makro f1,"
    " f1 makro, macro averaged f1, macro avg f1, cats macro f",
    Measure.WEIGHTED_F1: "weighted f1, f1 weighted, weighted f1 score, f1 score weighted,"
    " f1 weighted avg, weighted avg f1",
    Measure.PRECISION: "precision, prazision, precisione, precisao, cats macro p, 精确率, 適合率,"
    " 정밀도",
    Measure.RECALL: "recall, sensitivity, rappel, trefferquote, exhaustividad, cats macro r,"
    " 召回率, 再現率, 재현율",
    Measure.ROWS: "rows, samples, examples, support, n, num examples, num samples, size, zeilen,"
    " beispiele, lignes, exemples, filas, ejemplos",
}
_QUALIFIERS = frozenset(
    {"eval", "evaluation", "val", "valid", "validation", "dev", "test"}
    | {"validierung", "validierungs", "validacion", "validazione", "validacao"}
)
_LONGEST = 40


def _words(name: str) -> list[str]:
    """The words of a name, without case, accents and marks."""
    letters = unicodedata.normalize("NFKD", plain(name)).casefold()
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[^\w]|_", " ", bare).split()


_BY_NAME = {
    " ".join(_words(name)): measure
    for measure, names in _NAMES.items()
    for name in names.split(",")
}


@functools.lru_cache(maxsize=4096)
def measure_of(name: str) -> Measure | None:
    """What a column or a line of that name measures, if it is one of ours.

    >>> measure_of("**Val. Loss**"), measure_of("eval_accuracy"), measure_of("Train accuracy")
    (<Measure.LOSS: 'validation loss'>, <Measure.ACCURACY: 'accuracy'>, None)
    """
    if len(name) > _LONGEST:
        return None
    words = _words(name)
    kept = [word for word in words if word not in _QUALIFIERS]
    return _BY_NAME.get(" ".join(words)) or _BY_NAME.get(" ".join(kept))


def is_bare_loss(name: str) -> bool:
    """Whether it says loss and not whose: beside a validation loss it is that of training."""
    return _words(name) == ["loss"]
