using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Slipway.Content;

namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>
/// One connection, made again by the next call after it broke. The client has asynchronous calls only, while whoever uses a broker
/// owns a thread and waits: this is the one place where they meet.
/// </summary>
internal sealed class RabbitConnection(BrokerAddress address) : IDisposable
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;
    private readonly Lock _making = new();
    private IConnection? _connection;

    public bool IsOpen => _connection is { IsOpen: true };

    public IChannel OpenChannel(bool confirms = false) => Wait(Open().CreateChannelAsync(new CreateChannelOptions(confirms, confirms)));

    /// <summary>Ends when the task does; a lost broker is said as such.</summary>
    public T Wait<T>(Task<T> task)
    {
        try
        {
            if (!task.Wait(address.Patience)) throw new TimeoutException($"no answer within {address.Patience.TotalSeconds} s");
            return task.Result;
        }
        catch (Exception error) when (error is AggregateException or TimeoutException)
        {
            var cause = error is AggregateException several ? several.GetBaseException() : error;
            throw new SlipwayException($"RabbitMQ at {address.Hosts}", Reason(cause), "look whether it runs and takes this user") { Kind = FailureKind.Unreachable };
        }
    }

    public void Wait(Task task) => Wait(Task.Run(async () =>
    {
        await task.ConfigureAwait(false);
        return true;
    }));

    private static string Reason(Exception cause) => cause is OperationInterruptedException { ShutdownReason.ReplyText: { Length: > 0 } text } ? text : cause.Message;

    private IConnection Open()
    {
        lock (_making)
        {
            if (_connection is { IsOpen: true } open) return open;
            _connection?.Dispose();
            return _connection = Wait(Factory().CreateConnectionAsync([.. Endpoints()]));
        }
    }

    private ConnectionFactory Factory() => new()
    {
        UserName = address.Login?.User ?? ConnectionFactory.DefaultUser,
        Password = address.Login?.Password ?? ConnectionFactory.DefaultPass,
        VirtualHost = address.VirtualHost,
        // What was delivered over a lost connection must not be acknowledged over the next one.
        AutomaticRecoveryEnabled = false,
        RequestedHeartbeat = TimeSpan.FromSeconds(10),
        ClientProvidedName = "slipway",
    };

    private IEnumerable<AmqpTcpEndpoint> Endpoints() => address.Hosts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(host =>
    {
        var colon = host.LastIndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        var port = colon < 0 ? (address.Tls is null ? PlainPort : TlsPort) : int.Parse(host.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        return new AmqpTcpEndpoint(name, port, Tls(name));
    });

    private SslOption Tls(string host)
    {
        if (address.Tls is not { } tls) return new SslOption { Enabled = false };
        var option = new SslOption { Enabled = true, ServerName = host };
        if (tls.CertificateFile is { } own) option.Certs = [X509Certificate2.CreateFromPemFile(own, tls.KeyFile)];
        if (tls.CaFile is { } authority) option.CertificateValidationCallback = (_, certificate, _, errors) => IsSignedBy(authority, certificate, errors);
        return option;
    }

    private static bool IsSignedBy(string authority, X509Certificate? shown, SslPolicyErrors errors)
    {
        if (shown is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var certificate = new X509Certificate2(shown);
        return chain.Build(certificate);
    }

    public void Dispose() => _connection?.Dispose();
}
