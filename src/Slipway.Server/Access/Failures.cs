using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Content;

namespace Slipway.Server.Access;

/// <summary>What a failed request is answered: what failed, why, and what to do.</summary>
internal sealed record FailureAnswer(string What, string Why, string? Remedy);

/// <summary>Turns failures into answers.</summary>
internal static class Failures
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (SlipwayException failure) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, StatusOf(failure.Kind), failure.What, failure.Why, failure.Remedy);
        }
        catch (BadHttpRequestException failure) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, failure.StatusCode, "request", failure.InnerException?.Message ?? failure.Message, null);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The reader went away; nobody is left to answer.
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, 500, "request", $"{failure.GetType().Name}: {failure.Message}", "this is a fault of Slipway; please report it");
        }
    }

    public static async Task WriteAsync(HttpContext context, int status, string what, string why, string? remedy)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await JsonSerializer.SerializeAsync(context.Response.Body, new FailureAnswer(what, why, remedy), Json, context.RequestAborted);
    }

    private static int StatusOf(FailureKind kind) => kind switch
    {
        FailureKind.Usage => 400,
        FailureKind.Unreachable => 503,
        FailureKind.Blocked => 409,
        _ => 500,
    };
}

/// <summary>What every answer tells a browser.</summary>
internal static class Headers
{
    public static Task SetAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return next(context);
    }
}
