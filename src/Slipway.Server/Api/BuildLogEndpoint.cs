using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Builds;

namespace Slipway.Server.Api;

/// <summary>Sends a build's log as it is, or as it grows until the build ends.</summary>
internal static class BuildLogEndpoint
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    public static async Task SendAsync(HttpContext context, BuildQueries builds, long id, bool follow, long from)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await SendAsync(context, builds, id, follow, from, either.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Who follows a log does not keep the server from ending.
        }
    }

    private static async Task SendAsync(HttpContext context, BuildQueries builds, long id, bool follow, long from, CancellationToken cancellation)
    {
        var response = context.Response;
        if (builds.Build(id) is null)
        {
            await ApiJson.Missing($"build {id}").ExecuteAsync(context);
            return;
        }

        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        await response.StartAsync(cancellation);
        // A retried build has a log for each attempt; following goes on with the next one.
        for (string? done = null; ;)
        {
            var isOpen = follow && builds.IsUnderWay(id);
            if (builds.LogPath(id) is { } path && path != done)
            {
                await CopyAsync(response, path, done is null ? from : 0, () => follow && builds.LogPath(id) == path && builds.IsUnderWay(id), cancellation);
                done = path;
                continue;
            }

            if (!isOpen) return;
            await Task.Delay(Glance, cancellation);
        }
    }

    private static async Task CopyAsync(HttpResponse response, string path, long from, Func<bool> mayGrow, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(Math.Clamp(from, 0, file.Length), SeekOrigin.Begin);
        var block = new byte[1 << 16];
        for (var last = false; ;)
        {
            var read = await file.ReadAsync(block, cancellation);
            if (read > 0)
            {
                await response.Body.WriteAsync(block.AsMemory(0, read), cancellation);
                continue;
            }

            if (last) return;
            await response.Body.FlushAsync(cancellation);
            // What was written just before the end is read in one more round.
            if (!mayGrow()) last = true;
            else await Task.Delay(Glance, cancellation);
        }
    }
}
