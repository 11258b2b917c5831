"""Recipes and statistics of datasets in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import strawberry

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.api.traces.types import TraceOrderField
from tunix_rt.domain.datasets.recipes import Drawing, Listing, Splitting, Strategy, recipe_of
from tunix_rt.domain.filtering.predicates import All, AnyOf, Compare, MetaTest, Not, Predicate, Related, Search


@strawberry.type(description="How many members come from one source.")
class SourceCount:
    source: str | None = strawberry.field(description="The source; null for members without one.")
    count: BigInt = strawberry.field(description="How many members come from it.")


@strawberry.type(description="The scores of the members by one scorer: its newest of each whole trace.")
class ScoreSummary:
    scorer: str = strawberry.field(description="Who or what judged.")
    count: BigInt = strawberry.field(description="How many members it had judged.")
    mean: float = strawberry.field(description="The mean score.")
    low: float = strawberry.field(description="The least score.")
    high: float = strawberry.field(description="The greatest score.")


@strawberry.type(description="What the members were like when the dataset was built.")
class DatasetStats:
    trace_count: BigInt = strawberry.field(description="How many members there are.")
    avg_step_count: float = strawberry.field(description="The mean number of steps.")
    min_step_count: int = strawberry.field(description="The least number of steps.")
    max_step_count: int = strawberry.field(description="The greatest number of steps.")
    avg_total_chars: float = strawberry.field(description="The mean of `charCount`.")
    source_count: BigInt = strawberry.field(description="How many different sources there are, none counted as one.")
    sources: list[SourceCount] = strawberry.field(description="The most frequent sources, 100 at most.")
    scores: list[ScoreSummary] = strawberry.field(description="The scores by each scorer, by its name.")


@strawberry.type(description="One term of the order in which members were taken.")
class RecipeOrder:
    field: TraceOrderField = strawberry.field(description="What was ordered by.")
    direction: OrderDirection = strawberry.field(description="In which direction.")


@strawberry.type(description="Members drawn from all traces.")
class DrawingRecipe:
    where: JSON = strawberry.field(
        description="The filter as `where` takes it: hand it on as a variable to ask or draw again."
    )
    order_by: list[RecipeOrder] = strawberry.field(description="The order in which traces were taken.")
    strategy: Strategy = strawberry.field(description="Which of the matching traces were taken.")
    seed: BigInt | None = strawberry.field(description="The seed of a random choice; null for LATEST.")
    limit: int = strawberry.field(description="The most members that could be taken.")
    as_of: BigInt = strawberry.field(
        description="The bound in the order of storing: later traces were not looked at, and never are."
    )


@strawberry.type(description="One part of a split.")
class SplitPart:
    name: str = strawberry.field(description="The part's name.")
    count: BigInt = strawberry.field(
        description="How many traces it was to have; those of one prompt stay together, so it may have more or fewer."
    )


@strawberry.type(description="Members taken from a parent dataset, all traces of a prompt into one part.")
class SplitRecipe:
    parent_key: str = strawberry.field(description="The parent's key, even if it was deleted since.")
    parent_sha256: str = strawberry.field(description="The parent's sha256.")
    part: str = strawberry.field(description="Which part this dataset is.")
    parts: list[SplitPart] = strawberry.field(description="Every part of the split, in order.")
    prompt_seed: BigInt = strawberry.field(description="The seed that ranks the prompts.")


@strawberry.type(description="Members that a list of another application named. They cannot be derived again.")
class ListedRecipe:
    origin: str = strawberry.field(description="The application that the list is from.")
    manifest: JSON = strawberry.field(description="What that application says of how it chose the members.")


Recipe: TypeAlias = Annotated[
    DrawingRecipe | SplitRecipe | ListedRecipe,
    strawberry.union(
        "DatasetRecipe", description="How a dataset came about: it can be derived from it again, unless it was listed."
    ),
]


def graphql_recipe(value: Mapping[str, Any]) -> DrawingRecipe | SplitRecipe | ListedRecipe:
    """A stored recipe as the schema shows it."""
    recipe = recipe_of(value)
    if isinstance(recipe, Listing):
        return ListedRecipe(origin=recipe.origin, manifest=JSON(recipe.manifest))
    if isinstance(recipe, Splitting):
        return SplitRecipe(
            parent_key=recipe.parent_key,
            parent_sha256=recipe.parent_sha256,
            part=recipe.part,
            parts=[SplitPart(name=part.name, count=BigInt(part.count)) for part in recipe.parts],
            prompt_seed=BigInt(recipe.seed),
        )
    return drawing_recipe(recipe)


def drawing_recipe(recipe: Drawing) -> DrawingRecipe:
    """A drawing as the schema shows it."""
    return DrawingRecipe(
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
    """Filters that must all hold: in one object where no field occurs twice."""
    merged: dict[str, Any] = {}
    for part in parts:
        if merged.keys() & part.keys():
            return {"and": list(parts)}
        merged |= part
    return merged


def where_of(predicate: Predicate) -> dict[str, Any]:
    """A predicate, as it was stored, in the spelling of the filter inputs, which read it as the same predicate."""
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
