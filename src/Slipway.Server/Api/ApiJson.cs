using Microsoft.AspNetCore.Http;
using Slipway.Releases;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>The JSON of the API: camel case, enums as lower-case words, digests as hexadecimal digits.</summary>
internal static class ApiJson
{
    public static IResult Of<T>(T value) => Results.Json(value, ReleaseJson.Options);

    /// <summary>404 for a null.</summary>
    public static IResult Found<T>(T? value, string what)
        where T : class => value is null ? Missing(what) : Of(value);

    public static IResult Missing(string what) => Failure(404, what, "there is none of that name", null);

    public static IResult Failure(int status, string what, string why, string? remedy) =>
        Results.Json(new FailureAnswer(what, why, remedy), ReleaseJson.Options, statusCode: status);
}
