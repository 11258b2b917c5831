"""Recipes and statistics of datasets in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import strawberry

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.api.traces.distributions import SourceCount
from tunix_rt.api.traces.types import TraceOrderField
from tunix_rt.domain.datasets.recipes import ListedMembers, Sampling, Splitting, Strategy, recipe_of
from tunix_rt.domain.filtering.predicates import All, AnyOf, Compare, MetaTest, Not, Predicate, Related, Search


@strawberry.type(
    description="Statistics of the scores of one scorer over the members of a dataset. Covers the latest score of "
    "each whole trace."
)
class ScoreSummary:
    scorer: str = strawberry.field(description="Name of the scorer.")
    count: BigInt = strawberry.field(description="Number of members with a score by this scorer.")
    mean: float = strawberry.field(description="Mean score.")
    low: float = strawberry.field(description="Lowest score.")
    high: float = strawberry.field(description="Highest score.")


@strawberry.type(description="Statistics of the members at the time the dataset was built.")
class DatasetStats:
    trace_count: BigInt = strawberry.field(description="Number of members.")
    avg_step_count: float = strawberry.field(description="Mean of `stepCount`.")
    min_step_count: int = strawberry.field(description="Minimum of `stepCount`.")
    max_step_count: int = strawberry.field(description="Maximum of `stepCount`.")
    avg_total_chars: float = strawberry.field(name="avgCharCount", description="Mean of `charCount`.")
    source_count: BigInt = strawberry.field(
        description="Number of distinct sources; members without a source count as one."
    )
    sources: list[SourceCount] = strawberry.field(description="The most frequent sources, up to 100.")
    scores: list[ScoreSummary] = strawberry.field(description="Score statistics by scorer, sorted by scorer.")


@strawberry.type(description="A term of the sort order of a recipe.")
class RecipeOrder:
    field: TraceOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(description="Sort direction.")


@strawberry.type(description="Recipe of a dataset that was selected from the stored traces.")
class SelectionRecipe:
    where: JSON = strawberry.field(
        description="The filter, in the form of a `TraceWhere`. Can be passed as a variable to `traces` or "
        "`createDataset`."
    )
    order_by: list[RecipeOrder] = strawberry.field(
        description="Sort order of the candidates and, with LATEST, of the members."
    )
    strategy: Strategy = strawberry.field(description="Strategy that chose the members.")
    seed: BigInt | None = strawberry.field(description="Random seed; null for LATEST.")
    limit: int = strawberry.field(description="Maximum number of members.")
    as_of: BigInt = strawberry.field(
        description="Snapshot of the selection, as a position in the order in which traces were stored. Traces stored "
        "later are never candidates."
    )


@strawberry.type(description="A part of a split, as requested.")
class SplitPart:
    name: str = strawberry.field(description="Name of the part.")
    count: BigInt = strawberry.field(
        description="Requested number of traces. Traces with the same prompt stay together, so the actual number may "
        "differ."
    )


@strawberry.type(
    description="Recipe of a dataset that is a part of another one. Traces with the same prompt are in the same part."
)
class SplitRecipe:
    parent_key: str = strawberry.field(description="Key of the parent dataset, which may have been deleted since.")
    parent_sha256: str = strawberry.field(description="`sha256` of the parent dataset.")
    part: str = strawberry.field(description="Name of this part, one of `parts`.")
    parts: list[SplitPart] = strawberry.field(description="All parts of the split, in order.")
    prompt_seed: BigInt = strawberry.field(description="Random seed of the split.")


@strawberry.type(
    description="Recipe of a dataset that was imported from another application as a list of members. It cannot be "
    "derived again."
)
class ImportedRecipe:
    origin: str = strawberry.field(description="The application that the dataset was imported from.")
    manifest: JSON = strawberry.field(description="The dataset's manifest as stored by that application.")


Recipe: TypeAlias = Annotated[
    SelectionRecipe | SplitRecipe | ImportedRecipe,
    strawberry.union(
        "DatasetRecipe",
        description="Recipe that the members of a dataset were chosen by. All but imported lists can be derived again "
        "by `verifyDataset`.",
    ),
]


def graphql_recipe(value: Mapping[str, Any]) -> SelectionRecipe | SplitRecipe | ImportedRecipe:
    """Returns a stored recipe as its GraphQL type."""
    recipe = recipe_of(value)
    if isinstance(recipe, ListedMembers):
        return ImportedRecipe(origin=recipe.origin, manifest=JSON(recipe.manifest))
    if isinstance(recipe, Splitting):
        return SplitRecipe(
            parent_key=recipe.parent_key,
            parent_sha256=recipe.parent_sha256,
            part=recipe.part,
            parts=[SplitPart(name=part.name, count=BigInt(part.count)) for part in recipe.parts],
            prompt_seed=BigInt(recipe.seed),
        )
    return selection_recipe(recipe)


def selection_recipe(recipe: Sampling) -> SelectionRecipe:
    """Returns a selection recipe as its GraphQL type."""
    return SelectionRecipe(
        where=JSON(where_of(recipe.selection.where)),
        order_by=[
            RecipeOrder(
                field=TraceOrderField(name), direction=OrderDirection.DESC if descending else OrderDirection.ASC
            )
            for name, descending in recipe.selection.order
        ],
        strategy=recipe.strategy,
        seed=None if recipe.seed is None else BigInt(recipe.seed),
        limit=recipe.limit,
        as_of=BigInt(recipe.selection.as_of),
    )


def all_of(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns the conjunction of filters: one object if no field occurs twice, else an ``and``."""
    merged: dict[str, Any] = {}
    for part in parts:
        if merged.keys() & part.keys():
            return {"and": list(parts)}
        merged |= part
    return merged


def where_of(predicate: Predicate) -> dict[str, Any]:
    """Returns a stored predicate in the spelling of the filter inputs; reading it back gives the same predicate."""
    match predicate:
        case All(parts):
            spelled = all_of([where_of(part) for part in parts])
        case AnyOf(parts):
            spelled = {"or": [where_of(part) for part in parts]}
        case Not(part):
            spelled = {"not": where_of(part)}
        case MetaTest(path, op, value):
            spelled = {"meta": [{"path": list(path), op.value: value}]}
        case Search(text):
            spelled = {"search": text}
        case Related(relation, quantifier, where):
            spelled = {graphql_name(relation): {quantifier.value: where_of(where)}}
        case Compare("latest", _, value):
            spelled = {"latest": value}
        case Compare(field, op, value):
            spelled = {graphql_name(field): {op.value: value}}
    return spelled
