using System.Net;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Server.Access;
using Slipway.Server.Api;
using Slipway.Server.Devices;
using Slipway.Server.Files;
using Slipway.Server.Pages;

namespace Slipway.Server;

/// <summary>The HTTP API, the dashboard and the published files of one data directory, on 127.0.0.1 and on a local socket.</summary>
public sealed class SlipwayServer : IAsyncDisposable
{
    private const int MaxBodyBytes = 64 * 1024;
    private readonly WebApplication _application;

    private SlipwayServer(WebApplication application, int port)
    {
        _application = application;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Where people and devices find it.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen; returns when both addresses answer.</summary>
    public static async Task<SlipwayServer> StartAsync(ServerOptions options, ServerParts parts, CancellationToken cancellation = default)
    {
        LocalSocket.Clear(parts.Data.Socket);
        var application = Compose(options, parts);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
            LocalSocket.Open(parts.Data.Socket);
            return new SlipwayServer(application, PortOf(application));
        }
        catch (IOException failure)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new Content.SlipwayException($"listen on 127.0.0.1:{options.Port}", failure.Message, "end the other program, or choose another port with --port", failure);
        }
    }

    /// <summary>Ends: what is being answered is given a moment, open logs are closed.</summary>
    public async Task StopAsync(CancellationToken cancellation = default) => await _application.StopAsync(cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _application.DisposeAsync().ConfigureAwait(false);

    private static WebApplication Compose(ServerOptions options, ServerParts parts)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrel(kestrel => Listen(kestrel, options, parts));
        builder.Services.AddRouting();
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton(parts);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(new DeviceRecords(parts.Database));
        // Pages have no forms; without this the framework would keep keys for them below the home directory.
        builder.Services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new NothingKept());
        // Signals are the process's matter, not this room's.
        builder.Services.AddSingleton<IHostLifetime, WithoutSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        var application = builder.Build();
        application.Use(Failures.AnswerAsync);
        application.Use(Headers.SetAsync);
        application.Use(new Callers(parts.Database).IdentifyAsync);
        application.UseRouting();
        application.Use(WriteGuard.CheckAsync);
        application.UseAntiforgery();
        ApiRoutes.Map(application, parts, options);
        PublishedRoutes.Map(application, parts);
        EmbeddedAssets.Map(application);
        application.MapRazorComponents<App>();
        return application;
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options, ServerParts parts)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Listen(IPAddress.Loopback, options.Port);
        kestrel.ListenUnixSocket(parts.Data.Socket);
    }

    private sealed class NothingKept : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => [];

        public void StoreElement(XElement element, string friendlyName)
        {
        }
    }

    private sealed class WithoutSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static int PortOf(WebApplication application) => application.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses
        .Where(address => !address.StartsWith("http://unix:", StringComparison.Ordinal))
        .Select(address => new Uri(address).Port).First();
}
