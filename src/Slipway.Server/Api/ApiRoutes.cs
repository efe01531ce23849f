using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Access;
using Slipway.Server.Devices;

namespace Slipway.Server.Api;

/// <summary>The API's table of contents.</summary>
internal static class ApiRoutes
{
    public static void Map(WebApplication application, ServerParts parts, ServerOptions options)
    {
        var started = parts.Database.Clock.GetUtcNow();
        var audit = new Audit(parts.Database);
        application.MapGet("/api/v1/version", (HttpContext context) => ApiJson.Of(new
        {
            options.Version,
            Started = started,
            // Where files lie is nobody's business who comes from elsewhere.
            DataDirectory = Callers.Of(context).Role == Roles.Admin ? parts.Data.Root : null,
        }));
        BuildEndpoints.Map(application, parts, audit);
        RepositoryEndpoints.Map(application, parts, audit);
        StreamEndpoints.Map(application, parts, audit);
        AdoptionEndpoints.Map(application, parts, audit);
        CertificateEndpoints.Map(application, parts, audit);
        KeyEndpoints.Map(application, parts, audit);
        StorageEndpoints.Map(application, parts, audit);
        TraceEndpoints.Map(application, parts);
        UserEndpoints.Map(application, parts, audit);
        RunnersEndpoints.Map(application, parts, audit);
        RunnerEndpoints.Map(application, parts);
        ReportEndpoint.Map(application, parts, application.Services.GetRequiredService<DeviceRecords>());
        application.MapGet("/api/{**rest}", (HttpContext context) => ApiJson.Missing($"{context.Request.Path}"));
    }
}
