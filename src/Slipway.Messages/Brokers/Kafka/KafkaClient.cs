using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>A producer or consumer of librdkafka. Its callbacks come on the thread that polls, those for tokens on one of the library's own.</summary>
internal sealed unsafe class KafkaClient : IDisposable
{
    private const int TextSize = 512;
    private readonly BrokerAddress _address;
    private readonly GCHandle _self;
    private string? _problem;

    /// <param name="type">Producer or consumer.</param>
    /// <param name="settings">librdkafka's own names and values, besides those that the address gives.</param>
    public KafkaClient(BrokerAddress address, int type, params (string Name, string Value)[] settings)
    {
        _address = address;
        _self = GCHandle.Alloc(this);
        var conf = RdKafka.ConfNew();
        try
        {
            foreach (var (name, value) in Connection(address).Concat(settings)) Set(conf, name, value);
        }
        catch
        {
            RdKafka.ConfDestroy(conf);
            _self.Free();
            throw;
        }
        RdKafka.ConfSetOpaque(conf, GCHandle.ToIntPtr(_self));
        RdKafka.ConfSetError(conf, &OnError);
        RdKafka.ConfSetLog(conf, &OnLog);
        if (type == RdKafka.Producer) RdKafka.ConfSetDelivered(conf, &OnDelivered);
        else RdKafka.ConfSetRebalance(conf, &OnRebalance);
        if (address.Login is { Token: not null })
        {
            RdKafka.ConfSetTokenRefresh(conf, &OnTokenWanted);
            RdKafka.ConfEnableSaslQueue(conf, 1);
        }
        var text = stackalloc byte[TextSize];
        Handle = RdKafka.New(type, conf, text, TextSize);
        if (Handle == 0) throw Wrong(Marshal.PtrToStringUTF8((nint)text)!);
        if (address.Login is { Token: not null } && RdKafka.SaslInBackground(Handle) is not 0 and var error) RdKafka.ErrorDestroy(error);
        if (type == RdKafka.Consumer) _ = RdKafka.PollSetConsumer(Handle);
    }

    public nint Handle { get; }

    /// <summary>Told of partitions that were given to this consumer or taken from it.</summary>
    public Action<int, nint>? Rebalanced { get; set; }

    public SlipwayException Wrong(string why) => new($"Kafka at {_address.Hosts}", _problem is { } known && !why.Contains(known, StringComparison.Ordinal) ? $"{why} ({known})" : why, "look whether it runs, and how it wants to be spoken to")
    {
        Kind = FailureKind.Unreachable,
    };

    public SlipwayException Wrong(int error) => Wrong(RdKafka.Text(error));

    private static IEnumerable<(string, string)> Connection(BrokerAddress address)
    {
        yield return ("bootstrap.servers", address.Hosts);
        yield return ("client.id", "slipway");
        yield return ("topic.metadata.refresh.interval.ms", "5000");
        yield return ("security.protocol", (address.Tls, address.Login) switch { (null, null) => "plaintext", ({ }, null) => "ssl", (null, { }) => "sasl_plaintext", _ => "sasl_ssl" });
        if (address.Tls?.CaFile is { } authority) yield return ("ssl.ca.location", authority);
        if (address.Tls?.CertificateFile is { } own) yield return ("ssl.certificate.location", own);
        if (address.Tls?.KeyFile is { } key) yield return ("ssl.key.location", key);
        if (address.Login is not { } login) yield break;
        yield return ("sasl.mechanisms", login.Mechanism);
        if (login.Token is not null) yield break;
        yield return ("sasl.username", login.User);
        yield return ("sasl.password", login.Password);
    }

    private void Set(nint conf, string name, string value)
    {
        var text = stackalloc byte[TextSize];
        // The library's own message would repeat the value, which may be a password.
        if (RdKafka.ConfSet(conf, name, value, text, TextSize) != 0)
            throw new SlipwayException($"Kafka at {_address.Hosts}", $"librdkafka refuses the setting {name}", "see the broker section of the configuration") { Kind = FailureKind.Usage };
    }

    private static KafkaClient Of(nint opaque) => (KafkaClient)GCHandle.FromIntPtr(opaque).Target!;

    [UnmanagedCallersOnly]
    private static void OnDelivered(nint client, RdKafka.Message* message, nint opaque) => ((KafkaBatch)GCHandle.FromIntPtr(message->Private).Target!).Arrived(message->Error);

    [UnmanagedCallersOnly]
    private static void OnRebalance(nint client, int what, RdKafka.PartitionList* partitions, nint opaque)
    {
        Of(opaque).Rebalanced?.Invoke(what, (nint)partitions);
        _ = RdKafka.Assign(client, what == RdKafka.AssignPartitions ? partitions : null);
    }

    [UnmanagedCallersOnly]
    private static void OnError(nint client, int error, nint reason, nint opaque) => Of(opaque)._problem = Marshal.PtrToStringUTF8(reason);

    [UnmanagedCallersOnly]
    private static void OnLog(nint client, int level, nint facility, nint text)
    {
        // What matters comes as an error too; the library would write the rest to our standard error.
    }

    [UnmanagedCallersOnly]
    private static void OnTokenWanted(nint client, nint settings, nint opaque)
    {
        var text = stackalloc byte[TextSize];
        var login = Of(opaque)._address.Login!;
        try
        {
            var token = login.Token!();
            if (RdKafka.SetToken(client, token, Expiry(token), login.User.Length > 0 ? login.User : "slipway", 0, 0, text, TextSize) != 0)
                RdKafka.SetTokenFailure(client, Marshal.PtrToStringUTF8((nint)text)!);
        }
        catch (Exception failure)
        {
            // Nothing may leave a callback of the library; it tries again after a while.
            RdKafka.SetTokenFailure(client, failure.Message);
        }
    }

    // RFC 7519 section 4.1.4: `exp`, in seconds. A token that is no JWT is asked for again after five minutes.
    internal static long Expiry(string token)
    {
        try
        {
            var body = token.Split('.') is [_, var claims, _] ? claims.Replace('-', '+').Replace('_', '/') : "";
            var json = JsonDocument.Parse(Convert.FromBase64String(body.PadRight((body.Length + 3) / 4 * 4, '=')));
            return json.RootElement.GetProperty("exp").GetInt64() * 1000;
        }
        catch (Exception error) when (error is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeMilliseconds();
        }
    }

    public void Dispose()
    {
        RdKafka.Destroy(Handle);
        _self.Free();
    }
}

/// <summary>Messages on their way to the broker; counts what it confirms.</summary>
internal sealed class KafkaBatch(int count)
{
    public int Left { get; private set; } = count;

    /// <summary>The first error; 0 when there is none.</summary>
    public int Error { get; private set; }

    public void Arrived(int error)
    {
        Left--;
        if (Error == 0) Error = error;
    }
}
