import instructor
from checks import (
    BASE_URL,
    KEY,
    LIMITED_KEY,
    MEAL,
    MODEL,
    PICTURE,
    PICTURE_QUESTION,
    WRONG_KEY,
    refusal,
    run_checks,
    user,
)
from instructor.processing.multimodal import Image
from openai import APIError, AsyncOpenAI
from pydantic import BaseModel


class Meal(BaseModel):
    meal: str
    calories: float


class Sight(BaseModel):
    description: str


def create(mode=instructor.Mode.TOOLS, *, key=KEY, **fields):
    client = instructor.from_openai(AsyncOpenAI(base_url=BASE_URL, api_key=key), mode=mode)
    request = {"model": MODEL, "messages": user(MEAL), "response_model": Meal, "max_retries": 0}
    return client.create(**request | fields)


async def refused(**fields):
    def find_cause(error):
        while not isinstance(error, APIError):
            error = error.__cause__
        return error

    return await refusal(create(**fields), Exception, find_cause)


class Instructor:
    async def json():
        return {"document": (await create(instructor.Mode.JSON_SCHEMA)).model_dump()}

    async def json_by_tool():
        return {"document": (await create()).model_dump()}

    async def picture_in_json():
        content = [PICTURE_QUESTION, Image.from_base64(PICTURE)]
        sight = await create(instructor.Mode.JSON_SCHEMA, messages=user(content), response_model=Sight)
        return {"model": sight._raw_response.model}

    async def unauthorized():
        return await refused(key=WRONG_KEY)

    async def unknown_model():
        return await refused(model="gpt-4o")

    async def limited():
        return await refused(key=LIMITED_KEY)


async def main():
    await run_checks("instructor", Instructor)
