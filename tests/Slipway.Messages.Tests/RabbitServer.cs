using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.RabbitMq;

namespace Slipway.Messages.Tests;

/// <summary>A real RabbitMQ on 127.0.0.1 with a directory, ports and name daemon of its own; it can be killed and started again.</summary>
public sealed class RabbitServer : IDisposable
{
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-rabbit-").FullName;
    private readonly int _port = FreePort();
    private readonly int _names = FreePort();
    private readonly Process _nameDaemon;
    private Process? _server;

    public RabbitServer()
    {
        Certificates();
        Write("enabled_plugins", "[].\n");
        Write("rabbitmq.conf", $"""
            listeners.tcp.1 = 127.0.0.1:{_port}
            listeners.ssl.1 = 127.0.0.1:{TlsPort}
            ssl_options.cacertfile = {At("ca.pem")}
            ssl_options.certfile = {At("server.pem")}
            ssl_options.keyfile = {At("server.key")}
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = true
            log.console = false
            log.file.level = error
            """);
        Write("env.conf", $"""
            NODENAME=slipway{_port}@localhost
            NODE_IP_ADDRESS=127.0.0.1
            MNESIA_BASE={At("mnesia")}
            LOG_BASE={At("log")}
            CONFIG_FILE={At("rabbitmq.conf")}
            ENABLED_PLUGINS_FILE={At("enabled_plugins")}
            """);
        Run("chown", "-R", "rabbitmq:rabbitmq", _directory);
        var epmd = Directory.GetDirectories("/usr/lib/erlang", "erts-*").Select(erts => Path.Combine(erts, "bin/epmd")).First(File.Exists);
        _nameDaemon = AsRabbit(epmd, "-address", "127.0.0.1", "-port", $"{_names}");
        Start();
    }

    public int TlsPort { get; } = FreePort();

    public BrokerAddress Address => new() { Hosts = $"127.0.0.1:{_port}" };

    public BrokerAddress TlsAddress => new() { Hosts = $"localhost:{TlsPort}", Tls = new(At("ca.pem"), At("client.pem"), At("client.key")) };

    public string At(string name) => Path.Combine(_directory, name);

    public void Start()
    {
        _server = AsRabbit(Program);
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                // The port opens before queues can be used.
                using var broker = new RabbitBroker(Address, TimeProvider.System);
                broker.Topics();
                return;
            }
            catch (Exception error) when (limit.Elapsed < StartLimit && !_server.HasExited)
            {
                _ = error;
                Thread.Sleep(200);
            }
        }
    }

    /// <summary>As the kernel would when memory is short: no process of the server gets to say goodbye.</summary>
    public void Kill()
    {
        foreach (var process in Own()) process.Kill();
        _server!.WaitForExit();
        while (Own().Count > 0) Thread.Sleep(20);
    }

    public void Dispose()
    {
        Kill();
        _nameDaemon.Kill();
        _nameDaemon.WaitForExit();
        Directory.Delete(_directory, recursive: true);
    }

    // The start script forks; all that carry this server's directory in their environment are its own.
    private List<Process> Own() => [.. Process.GetProcesses().Where(process => process.Id != _nameDaemon.Id && IsOwn(process.Id))];

    private bool IsOwn(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Contains(_directory, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Process AsRabbit(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("setpriv", ["--reuid=rabbitmq", "--regid=rabbitmq", "--init-groups", "--", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory,
        };
        start.Environment["HOME"] = _directory;
        start.Environment["RABBITMQ_CONF_ENV_FILE"] = At("env.conf");
        start.Environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        start.Environment["ERL_EPMD_PORT"] = $"{_names}";
        start.Environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Certificates()
    {
        Run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=Test authority", "-keyout", At("ca.key"), "-out", At("ca.pem"));
        foreach (var (name, subject) in new[] { ("server", "localhost"), ("client", "slipway") })
        {
            Write($"{name}.ext", $"subjectAltName=DNS:{subject}\n");
            Run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", $"/CN={subject}", "-keyout", At($"{name}.key"), "-out", At($"{name}.csr"));
            Run("openssl", "x509", "-req", "-in", At($"{name}.csr"), "-CA", At("ca.pem"), "-CAkey", At("ca.key"), "-CAcreateserial", "-days", "10", "-extfile", At($"{name}.ext"), "-out", At($"{name}.pem"));
        }
    }

    private void Write(string name, string text) => File.WriteAllText(At(name), text + "\n", new UTF8Encoding(false));

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
