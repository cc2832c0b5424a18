import checks
import instructor
from instructor.processing.multimodal import Image
from openai import APIError, AsyncOpenAI
from pydantic import BaseModel


class Sight(BaseModel):
    description: str


def create(mode=instructor.Mode.TOOLS, *, key=checks.KEY, **fields):
    client = instructor.from_openai(AsyncOpenAI(base_url=checks.BASE_URL, api_key=key), mode=mode)
    request = {
        "model": checks.MODEL,
        "messages": checks.user(checks.MEAL),
        "response_model": checks.Meal,
        "max_retries": 0,
    }
    return client.create(**request | fields)


async def refused(**fields):
    def find_cause(error):
        while not isinstance(error, APIError):
            error = error.__cause__
        return error

    return await checks.refusal(create(**fields), Exception, find_cause)


class Instructor:
    async def json():
        return {"document": (await create(instructor.Mode.JSON_SCHEMA)).model_dump()}

    async def json_by_tool():
        return {"document": (await create()).model_dump()}

    async def picture_in_json():
        content = [checks.PICTURE_QUESTION, Image.from_base64(checks.PICTURE)]
        sight = await create(instructor.Mode.JSON_SCHEMA, messages=checks.user(content), response_model=Sight)
        return {"model": sight._raw_response.model}

    async def unauthorized():
        return await refused(key=checks.WRONG_KEY)

    async def unknown_model():
        return await refused(model="gpt-4o")

    async def limited():
        return await refused(key=checks.LIMITED_KEY)


async def main():
    await checks.run_checks("instructor", Instructor)
